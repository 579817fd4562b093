"""What a profile may make of a call, derived from the catalogue; anything else that differs is a fault."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from account import Json
from differential import Method, Outcome
from gateway.catalogue import CATALOGUE
from gateway.endpoint import Emulation, Endpoint, FanOut, Library, Own, Paged, Profile, Removed, Renamed, Reshaped

REFUSED = "UNSUPPORTED_IN_PROFILE"
GONE: Mapping[str, tuple[str, ...]] = {
    "track": ("available_markets", "linked_from", "popularity"),
    "album": ("album_group", "available_markets", "label", "popularity"),
    "artist": ("followers", "popularity"),
    "show": ("available_markets", "publisher"),
    "audiobook": ("available_markets", "publisher"),
    "chapter": ("available_markets",),
    "user": ("country", "email", "explicit_content", "followers", "product"),
    "playlist": ("tracks",),
}
"""Fields that objects lost in development mode in February 2026, by their type."""

LINKS = ("href", "next", "previous")


def endpoints(calls: tuple[tuple[str, str], ...]) -> Iterator[Endpoint]:
    """Yield what the catalogue knows of some calls."""
    for verb, path in calls:
        found = [
            entry
            for entry in CATALOGUE.values()
            if entry.method == verb and re.fullmatch(re.sub(r"{\w+}", "[^/]+", entry.path), path)
        ]
        yield from sorted(found, key=lambda entry: entry.path.count("{"))[:1]


def emulations(wanted: Outcome, profile: Profile) -> list[Emulation]:
    """Return what takes the place of a call's endpoints, given what the call is where nothing does."""
    found = (entry.emulation.get(profile) for entry in endpoints(wanted.calls))
    return [emulation for emulation in found if emulation is not None]


def is_refused(wanted: Outcome, profile: Profile) -> bool:
    """Tell whether the profile has nothing for the call, or not for other users."""
    others = any(path.startswith("/users/") and "/demo" not in path for _, path in wanted.calls)
    return any(
        isinstance(emulation, Removed) or (isinstance(emulation, Own) and others)
        for emulation in emulations(wanted, profile)
    )


def check(method: Method, wanted: Outcome, got: Outcome, profile: Profile) -> None:
    """Compare the outcome of a call that the profile has with the outcome past the gateway.

    What is overlooked: in the profile `development`, the lost and renamed fields; in an emulated call also how
    links are spelled, and what a read of one thing says beyond the batch read, or `/me` beyond `/users/{id}`.
    """
    trouble = method.instead.get(profile)
    if trouble is not None and trouble.failure is not None:
        assert got.failure == trouble.failure, trouble.why
        return
    ways = emulations(wanted, profile)
    new = profile is Profile.DEVELOPMENT
    assert got.failure == wanted.failure or (new and _needs_what_is_gone(got)), (wanted.failure, got.failure)
    # What a library makes of fewer fields is its own business; then only what it was answered counts.
    pairs = [] if new and got.answers else [(got.value, wanted.value)]
    if wanted.failure is None or got.lacks:
        pairs += zip(got.answers, wanted.answers, strict=True)
    for seen, expected in pairs:
        assert _seen(seen, expected, ways) == _expected(expected, ways, new=new)
    # What the gateway turned away itself has left nothing.
    assert got.state == wanted.state or (got.state is None and wanted.failure is not None)


def _needs_what_is_gone(got: Outcome) -> bool:
    """Tell whether a library insists on fields that new apps do not get: their loss is not the gateway's."""
    return got.failure is not None and any(got.lacks.intersection(names) for names in GONE.values())


def _expected(value: Json, ways: list[Emulation], *, new: bool) -> Json:
    """Return an answer to an app that has everything as the profile gives it."""
    expected = as_new(value) if new else value
    if any(isinstance(way, Renamed) for way in ways):
        expected = _relinked(expected, "/tracks", "/items")
    return _plain(expected, ways)


def _seen(value: Json, wanted: Json, ways: list[Emulation]) -> Json:
    """Return an answer without what its emulation adds to `wanted`."""
    for way in ways:
        if isinstance(way, FanOut) and isinstance(value, dict):
            value = {way.field: [_only(*pair) for pair in zip(value[way.field], wanted[way.field], strict=True)]}
        if isinstance(way, Own) and isinstance(value, dict):
            value = {name: part for name, part in value.items() if name != "account_id"}
    return _plain(value, ways)


def _only(one: Json, like: Json) -> Json:
    return {name: part for name, part in one.items() if name in like}


def _plain(value: Json, ways: list[Emulation]) -> Json:
    """Spell an answer in one way where the emulation leaves the spelling open."""
    if any(isinstance(way, Paged | Renamed) for way in ways):
        value = _relinked(value, "", "")
    listed = value.get("items") if isinstance(value, dict) else None
    if any(isinstance(way, Own) for way in ways) and isinstance(listed, list):
        # It lists the same playlists in the order, and with the total, of a longer list.
        return sorted(listed, key=lambda one: str(one["uri"]))
    return value


def _relinked(value: Json, old: str, new: str) -> Json:
    """Return an answer with its links decoded, and `old` in them as `new`."""
    if isinstance(value, list):
        return [_relinked(one, old, new) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: unquote(part).replace(f"{old}?", f"{new}?")
        if name in LINKS and isinstance(part, str)
        else _relinked(part, old, new)
        for name, part in value.items()
    }


def as_new(value: Json) -> Json:
    """Return an answer from before February 2026 as a new development-mode app gets it."""
    if isinstance(value, list):
        return [as_new(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    gone = GONE.get(kind, ()) if isinstance(kind, str) else ()
    kept = {name: as_new(one) for name, one in value.items() if name not in gone}
    if kind == "playlist" and "tracks" in value and not ("items" in value["tracks"] and _is_others(value)):
        kept["items"] = as_new(_moved(value["tracks"]))
    return kept


def _is_others(playlist: dict[str, Any]) -> bool:
    """Tell whether what is on a playlist is kept back from the demo user."""
    return bool(playlist["owner"]["id"] != "demo")


def _moved(contents: dict[str, Any]) -> dict[str, Any]:
    """Return what a playlist says of its contents, in new words."""
    moved = {**contents, "href": contents["href"].replace("/tracks", "/items")}
    if "items" in contents:
        moved["items"] = [
            {("item" if name == "track" else name): part for name, part in entry.items()}
            for entry in contents["items"]
        ]
        moved |= {name: moved[name] and moved[name].replace("/tracks", "/items") for name in ("next", "previous")}
    return moved


def verdict(method: Method, wanted: Outcome, got: Outcome, profile: Profile) -> str:
    """Return one word for what a caller gets."""
    trouble = method.instead.get(profile) or method.trouble
    if trouble is not None:
        return {"library": "library bug", "Spotify": "refused"}[trouble.whose]
    if is_refused(wanted, profile):
        return "refused"
    if got.failure is not None:
        return "library bug"
    words = [_WORDS[type(way)] for way in emulations(wanted, profile) if not _idle(way, wanted, got)]
    return words[0] if words else "works"


def _idle(way: Emulation, wanted: Outcome, got: Outcome) -> bool:
    return isinstance(way, Paged) and len(got.calls) == len(wanted.calls)


_WORDS: Mapping[type[Emulation], str] = {
    Paged: "emulated",
    FanOut: "emulated",
    Library: "moved",
    Renamed: "moved",
    Reshaped: "moved",
    Own: "own only",
}
