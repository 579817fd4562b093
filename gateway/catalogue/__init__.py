"""Every operation that the gateway offers, once; an entry that contradicts another stops the import."""

import re
from collections.abc import Collection, Iterable, Mapping
from string import Formatter
from types import MappingProxyType

from gateway.catalogue.albums import ALBUMS
from gateway.catalogue.artists import ARTISTS
from gateway.catalogue.audiobooks import AUDIOBOOKS
from gateway.catalogue.browse import BROWSE
from gateway.catalogue.library import LIBRARY
from gateway.catalogue.player import PLAYER
from gateway.catalogue.playlists import PLAYLISTS
from gateway.catalogue.search import SEARCH
from gateway.catalogue.shows import SHOWS
from gateway.catalogue.tracks import TRACKS
from gateway.catalogue.users import USERS
from gateway.endpoint import Emulation, Endpoint, FanOut, Fill, Library, Own, Paged, Renamed

__all__ = ["CATALOGUE", "build", "path_params"]

_PLACE = re.compile(r"[a-z_]+(?:\[\])?(?:\.[a-z_]+(?:\[\])?)*")


def build(entries: Iterable[Endpoint]) -> Mapping[str, Endpoint]:
    """Index `entries` by id.

    Raises:
        ValueError: Two entries share an id or a route, a path names a parameter that is not declared, or an
            emulation or a fill leans on something that is not there.
    """
    catalogue: dict[str, Endpoint] = {}
    routes: set[tuple[str, str]] = set()
    for entry in entries:
        if entry.id in catalogue or (entry.method, entry.path) in routes:
            raise ValueError(f"{entry.id}: the id or the route {entry.method} {entry.path} is already taken")
        catalogue[entry.id] = entry
        routes.add((entry.method, entry.path))
    for entry in catalogue.values():
        _check(entry, catalogue)
    return MappingProxyType(catalogue)


def path_params(path: str) -> tuple[str, ...]:
    """Return the names in the braces of a path template."""
    return tuple(name for _, name, _, _ in Formatter().parse(path) if name)


def _check(entry: Endpoint, catalogue: Mapping[str, Endpoint]) -> None:
    names = [param.name for param in entry.params]
    if len(names) != len(set(names)):
        raise ValueError(f"{entry.id}: two parameters share a name")
    for name in path_params(entry.path):
        if not any(param.name == name and param.required for param in entry.params):
            raise ValueError(f"{entry.id}: the path needs a required parameter {name}")
    for emulation in entry.emulation.values():
        if complaint := _complaint(emulation, names, catalogue):
            raise ValueError(f"{entry.id}: {complaint}")
    _check_fills(entry, catalogue)


def _check_fills(entry: Endpoint, catalogue: Mapping[str, Endpoint]) -> None:
    if entry.fills and entry.method != "GET":
        raise ValueError(f"{entry.id}: only reads fill others")
    if len({(fill.endpoint_id, fill.at) for fill in entry.fills}) != len(entry.fills):
        raise ValueError(f"{entry.id}: two fills are the same")
    for fill in entry.fills:
        if complaint := _objection(fill, catalogue):
            raise ValueError(f"{entry.id}: {complaint}")


def _objection(fill: Fill, catalogue: Mapping[str, Endpoint]) -> str:
    """Return what is wrong with `fill`, or an empty text."""
    single = catalogue.get(fill.endpoint_id)
    if single is None:
        return f"it fills {fill.endpoint_id}, which is not there"
    needed = [param.name for param in single.params if param.required]
    if single.method != "GET" or needed != ["id"] or path_params(single.path) != ("id",):
        return f"it fills {fill.endpoint_id}, which is no read of one thing by its id"
    return "" if _PLACE.fullmatch(fill.at) else f"{fill.at!r} is no place in an answer"


def _complaint(emulation: Emulation, names: Collection[str], catalogue: Collection[str]) -> str:
    """Return what `emulation` lacks in an entry with parameters `names`, or an empty text."""
    match emulation:
        case Paged() if "limit" not in names or "offset" not in names:
            return "pages need the parameters limit and offset"
        case FanOut() if "ids" not in names:
            return "a fan-out needs the parameter ids"
        case Library(ids=ids) if ids not in names:
            return f"there is no parameter {ids} to make URIs of"
        case FanOut() | Library() | Renamed() | Own() if emulation.endpoint_id not in catalogue:
            return f"it leans on {emulation.endpoint_id}, which is not there"
        case _:
            return ""


CATALOGUE = build(
    (
        *SEARCH,
        *TRACKS,
        *ALBUMS,
        *ARTISTS,
        *AUDIOBOOKS,
        *SHOWS,
        *BROWSE,
        *USERS,
        *PLAYLISTS,
        *LIBRARY,
        *PLAYER,
    )
)
