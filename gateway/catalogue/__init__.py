"""Every operation that the gateway offers, once; an entry that contradicts another stops the import."""

from collections.abc import Iterable, Mapping
from string import Formatter
from types import MappingProxyType

from gateway.catalogue.albums import ALBUMS
from gateway.catalogue.artists import ARTISTS
from gateway.catalogue.search import SEARCH
from gateway.catalogue.tracks import TRACKS
from gateway.endpoint import Endpoint, FanOut, Paged

__all__ = ["CATALOGUE", "build"]


def build(entries: Iterable[Endpoint]) -> Mapping[str, Endpoint]:
    """Index `entries` by id.

    Raises:
        ValueError: Two entries share an id or a route, a path names a parameter that is not declared, or an
            emulation leans on something that is not there.
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
        match emulation:
            case Paged() if {"limit", "offset"} - set(names):
                raise ValueError(f"{entry.id}: pages need the parameters limit and offset")
            case FanOut(endpoint_id=single) if single not in catalogue or entry.param("ids") is None:
                raise ValueError(f"{entry.id}: a fan-out needs the parameter ids and the entry {single}")
            case _:
                pass


CATALOGUE = build((*SEARCH, *TRACKS, *ALBUMS, *ARTISTS))
