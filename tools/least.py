"""Tells what a user must grant for a set of tools to work, and nothing beyond it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.catalogue import CATALOGUE
from gateway.endpoint import Endpoint
from tools.generated.toolsets import TOOLSETS
from tools.selection import CORE, Selection


@dataclass(frozen=True, slots=True)
class _Needs:
    """What one curated tool needs, to read and besides to write."""

    reading: tuple[str, ...] = ()
    writing: tuple[str, ...] = ()


# By hand, and less than the operations' own: the library's routes serve seven kinds of things, of which
# `spotify_library` asks for tracks only.
_CURATED: Final[Mapping[str, _Needs]] = {
    "spotify_search": _Needs(),
    "spotify_status": _Needs(("user-read-playback-state", "user-read-currently-playing")),
    # What does not change anything has no part of it: `readonly` leaves the tool out.
    "spotify_control": _Needs((), ("user-modify-playback-state", "user-read-playback-state")),
    "spotify_playlist": _Needs(
        ("playlist-read-private", "playlist-read-collaborative"),
        ("playlist-modify-public", "playlist-modify-private"),
    ),
    "spotify_library": _Needs(("user-library-read",), ("user-library-modify",)),
}

ALL_SCOPES: Final = frozenset(scope for entry in CATALOGUE.values() for scope in entry.scopes)
"""Every scope of the Web API that some operation can use."""


def least_scopes(selection: Selection) -> frozenset[str]:
    """Return the scopes that the tools of `selection` can use."""
    return frozenset(_of_generated(selection)) | frozenset(_of_curated(selection))


def _of_curated(selection: Selection) -> Iterator[str]:
    for needs in _CURATED.values() if selection.has(CORE) else ():
        yield from needs.reading
        yield from () if selection.read_only else needs.writing


def _of_generated(selection: Selection) -> Iterator[str]:
    for toolset, of in TOOLSETS.items():
        if selection.has(toolset):
            for name in of.operations:
                yield from _of_operation(CATALOGUE[name], selection)


def _of_operation(endpoint: Endpoint, selection: Selection) -> tuple[str, ...]:
    return () if selection.read_only and endpoint.method != "GET" else endpoint.scopes
