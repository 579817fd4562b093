import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gateway.options import CallOptions
from gateway.transport import Response
from pipeline import answer, refused
from tool_rig import LIBRARY, PLAYLISTS, Rig, Spotify, many
from tools.compat import Compat
from virtual_time import run

ID = "37i9dQZF1DXcBWIGoYBM5M"
READ: tuple[Rig, dict[str, Any]] = (PLAYLISTS, {"action": "items", "playlist_id": ID})
WRITE: tuple[Rig, dict[str, Any]] = (PLAYLISTS, {"action": "create"})
SAVE: tuple[Rig, dict[str, Any]] = (LIBRARY, {"action": "tracks_add", "ids": many(1)})
EACH = pytest.mark.parametrize(("rig", "arguments"), [READ, WRITE, SAVE], ids=["read", "write", "save"])


def check(
    spotify: Spotify, rig: Rig, arguments: dict[str, Any], *, code: str, iceeners: str = ""
) -> dict[str, Any]:
    result = rig.ask(spotify, **arguments)
    told = dict(result.structured)
    assert result.is_error
    assert (told["ok"], told["action"], told["code"]) == (False, arguments["action"], iceeners or code)
    tool = "playlist" if rig.make is PLAYLISTS.make else "library"
    assert told["_msg"].startswith(f"{tool}.{arguments['action']} failed — {code}: {told['error']}")
    return told


@EACH
def test_a_ban_is_told_with_its_wait(rig: Rig, arguments: dict[str, Any]) -> None:
    spotify = Spotify(lambda *_: refused(429, "no", retry_after="80000"))
    told = check(spotify, rig, arguments, code="rate_limited")
    assert told["retry_after"] == pytest.approx(80_000, abs=5)
    assert "Try again in 8000" in told["_msg"]


@EACH
def test_a_spotify_that_is_down_is_asked_again_later(rig: Rig, arguments: dict[str, Any]) -> None:
    told = check(Spotify(lambda *_: refused(503, "down")), rig, arguments, code="unavailable")
    assert "try again shortly" in told["_msg"]


def test_a_spotify_that_is_slow_ends_with_the_time() -> None:
    rig, arguments = READ
    hurried = replace(rig, options=CallOptions(deadline_s=2))
    told = check(Spotify(lambda *_: answer({}), delay_s=12), hurried, arguments, code="timeout")
    assert "try again" in told["_msg"]


@EACH
def test_without_a_user_the_way_in_is_told_and_nothing_is_sent(rig: Rig, arguments: dict[str, Any]) -> None:
    if arguments["action"] == "items":
        arguments = {"action": "list_user"}
    for manner in ({}, {"dry_run": True}):
        spotify = Spotify(lambda *_: answer({}))
        told = check(spotify, replace(rig, signed_in=False), arguments | manner, code="unauthorized")
        assert "Come in, local" in told["_msg"]
        assert spotify.sent == []


@EACH
def test_a_token_that_is_refused_once_is_renewed(rig: Rig, arguments: dict[str, Any]) -> None:
    spotify = Spotify(lambda *_: refused(401, "The access token expired"))
    check(spotify, rig, arguments, code="unauthorized")
    assert spotify.tokens == ["Bearer t1", "Bearer t2"]


@pytest.mark.parametrize(
    ("status", "code", "iceeners", "advice"),
    [
        (400, "invalid_arguments", "invalid_arguments", "mend what it names"),
        (403, "forbidden", "forbidden", "Another try changes nothing"),
        (404, "not_found", "bad_response", "Look for the right id"),
    ],
)
def test_what_spotify_refuses_comes_with_the_next_step_in_both_traditions(
    status: int, code: str, iceeners: str, advice: str
) -> None:
    rig, arguments = READ
    for compat, expected in ((Compat.SEED, ""), (Compat.ICEENER, iceeners)):
        spotify = Spotify(lambda *_: refused(status, "Its own words", reason="WHY"))
        told = check(spotify, replace(rig, compat=compat), arguments, code=code, iceeners=expected)
        assert (told["error"], told["reason"]) == ("Its own words", "WHY")
        assert advice in told["_msg"]


@pytest.mark.parametrize("owned", [True, False])
def test_whose_it_is_counts_only_where_a_playlist_is_named(*, owned: bool) -> None:
    named = {"action": "items", "playlist_id": ID} if owned else {"action": "list_user"}
    told = check(Spotify(lambda *_: refused(403, "No")), PLAYLISTS, named, code="forbidden")
    assert ("must be the signed-in user's own" in told["_msg"]) is owned
    assert "Another try changes nothing" in told["_msg"]
    told = check(Spotify(lambda *_: refused(403, "No")), *SAVE, code="forbidden")
    assert "user's own" not in told["_msg"]


def test_names_that_cannot_be_had_spoil_nothing() -> None:
    def script(method: str, _: str) -> Response:
        return refused(500, "down") if method == "GET" else answer({"snapshot_id": "s"}, 201)

    rig = replace(PLAYLISTS, compat=Compat.ICEENER)
    result = rig.ask(Spotify(script), action="add_items", playlist_id=ID, uris=many(2))
    assert result.text == f"I've added 2 items to playlist {ID}."
    assert result.structured["ok"]


def test_a_write_that_has_left_is_waited_for_past_its_time() -> None:
    rig, arguments = SAVE
    hurried = replace(rig, options=CallOptions(deadline_s=2))
    assert hurried.ask(Spotify(lambda *_: Response(200, {}, b""), delay_s=12), **arguments).structured["ok"]


def test_a_playlist_that_spotify_made_without_saying_which_is_not_made_again() -> None:
    result = PLAYLISTS.ask(Spotify(lambda *_: Response(201, {}, b"Created")), action="create")
    assert not result.is_error
    assert result.text == "Created the playlist, but Spotify did not say its id: look with action list_user."


def test_a_filter_that_leaves_the_name_out_is_no_fault() -> None:
    result = PLAYLISTS.ask(
        Spotify(lambda *_: answer({"public": True})), action="get", playlist_id=ID, fields="!name"
    )
    assert result.structured["data"] == {"id": ID, "uri": f"spotify:playlist:{ID}", "public": True}
    assert (result.structured["byId"], result.structured["ids"]) == ({}, [])


def test_an_answer_does_not_wait_long_for_names() -> None:
    async def never(method: str) -> Response:
        if method == "GET":
            await asyncio.sleep(50)
        return answer({"snapshot_id": "s"}, 201)

    async def main() -> None:
        rig = replace(PLAYLISTS, compat=Compat.ICEENER)
        result = await rig.call(
            Spotify(lambda method, _: never(method)), action="add_items", playlist_id=ID, uris=many(2)
        )
        assert result.text == f"I've added 2 items to playlist {ID}."
        assert asyncio.get_running_loop().time() < 5

    run(main())
