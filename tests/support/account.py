"""What a user of the simulator has, read past any gateway and in words that are the same in every profile."""

import asyncio
from typing import Any

import aiohttp
import orjson

SHELVES = ("tracks", "albums", "episodes", "shows", "audiobooks")
SHOWN = 12
"""How much of each list is looked at; totals and snapshots tell of the rest."""

PEOPLE = ("friend", "freebie", "quietkeys")

Json = Any


async def account(spotify: str, token: str) -> Json:
    """Return what the user saved, follows, owns and listens to."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:

        async def get(path: str) -> Json:
            async with http.get(f"{spotify}/v1{path}") as response:
                assert response.status in {200, 204}, (path, await response.text())
                return orjson.loads(await response.read() or b"null")

        pages = [await get(f"/me/{shelf}?limit={SHOWN}") for shelf in SHELVES]
        people = await get(f"/me/library/contains?uris={','.join(f'spotify:user:{one}' for one in PEOPLE)}")
        artists = (await get("/me/following?type=artist&limit=50"))["artists"]
        playlists = [one for one in (await get("/me/playlists?limit=50"))["items"] if one]
        own = [one["id"] for one in playlists if one["owner"]["id"] == "demo"]
        contents = await asyncio.gather(*(get(f"/playlists/{one}/items?limit={SHOWN}") for one in own))
        return {
            **{shelf: _saved(page, shelf[:-1]) for shelf, page in zip(SHELVES, pages, strict=True)},
            "artists": [one["uri"] for one in artists["items"]],
            "users": people,
            "playlists": [_details(one) for one in playlists],
            "contents": [_contents(page) for page in contents],
            "player": _player(await get("/me/player?additional_types=episode")),
            "queue": [one["uri"] for one in (await get("/me/player/queue"))["queue"]],
        }


def _saved(page: Json, kind: str) -> Json:
    return page["total"], [(one["added_at"], one[kind]["uri"]) for one in page["items"]]


def _details(playlist: Json) -> Json:
    kept = ("uri", "name", "description", "public", "collaborative", "snapshot_id", "images")
    return {name: playlist[name] for name in kept}


def _contents(page: Json) -> Json:
    entries = [
        (one["added_at"], one["added_by"]["id"], (one.get("item") or one.get("track") or {}).get("uri"))
        for one in page["items"]
    ]
    return page["total"], entries


def _player(state: Json) -> Json:
    if state is None:
        return None
    told = ("repeat_state", "shuffle_state", "progress_ms", "is_playing", "context", "timestamp")
    return {
        **{name: state[name] for name in told},
        "device": (state["device"]["id"], state["device"]["volume_percent"]),
        "item": state["item"] and state["item"]["uri"],
    }
