"""Decides which requests a call becomes in a profile; pure, so a refusal costs nothing upstream."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice

from gateway.endpoint import (
    Emulation,
    Endpoint,
    FanOut,
    Library,
    Own,
    Paged,
    Profile,
    Removed,
    Renamed,
    Reshaped,
)
from gateway.errors import UnsupportedInProfileError
from gateway.fields import contents_as_items, names_of, playlist_as_items, translate
from gateway.params import Arguments, UpstreamRequest, render
from gateway.values import Value

_NO_POSITIONS = (
    "single occurrences can no longer be removed; leave positions out, or replace what the playlist holds"
)
_NO_TIMES = "times of saving cannot be set any more; send ids instead of timestamped_ids"
_NO_PRIVACY = "playlists can no longer be followed in private; leave public out"
_OWN_STATUS = "Spotify tells this of the signed-in user only; leave ids out"
_CHUNK = 40
"""URIs that the common library route takes in one call."""


@dataclass(frozen=True, slots=True)
class One:
    """The call goes to Spotify as it is."""

    endpoint: Endpoint
    request: UpstreamRequest


@dataclass(frozen=True, slots=True)
class Pages:
    """The call asks for more than a page may hold."""

    endpoint: Endpoint
    arguments: Arguments
    limit: int
    offset: int
    page: int

    @property
    def first(self) -> UpstreamRequest:
        """The page that tells how many there are."""
        return self._at(self.offset)

    def rest(self, total: int) -> list[UpstreamRequest]:
        """Return the further pages that hold anything, of `total` items in all."""
        offset = self.endpoint.param("offset")
        furthest = total - 1 if offset is None or offset.maximum is None else min(total - 1, int(offset.maximum))
        starts = range(self.offset + self.page, min(self.offset + self.limit, furthest + 1), self.page)
        return [self._at(start) for start in starts]

    def _at(self, start: int) -> UpstreamRequest:
        limit = min(self.page, self.offset + self.limit - start)
        return render(self.endpoint, {**self.arguments, "limit": limit, "offset": start})


@dataclass(frozen=True, slots=True)
class Many:
    """The call is a batch read: one single read per id, in the order of the ids; those may share a call again."""

    endpoint: Endpoint
    ids: tuple[str, ...]
    requests: tuple[UpstreamRequest, ...]
    field: str


@dataclass(frozen=True, slots=True)
class Chunks:
    """The call's ids go to the common library route, so many at a time.

    `success` is the status of the route that was called. If the caller asks `about` a user, it must be the
    signed-in one, or `otherwise` is the answer.
    """

    endpoint: Endpoint
    requests: tuple[UpstreamRequest, ...]
    success: int
    about: str
    otherwise: UnsupportedInProfileError


@dataclass(frozen=True, slots=True)
class Old:
    """The call goes to the route of the newer generation; its answer is put in the shape of the older one."""

    endpoint: Endpoint
    request: UpstreamRequest
    whole: bool


@dataclass(frozen=True, slots=True)
class Mine:
    """The call is possible if `user_id` is the signed-in user; otherwise `otherwise` is the answer."""

    endpoint: Endpoint
    request: UpstreamRequest
    user_id: str
    otherwise: UnsupportedInProfileError


Plan = One | Pages | Many | Chunks | Old | Mine


def plan(
    endpoint: Endpoint,
    arguments: Arguments,
    *,
    emulation: Emulation | None,
    profile: Profile,
    catalogue: Mapping[str, Endpoint],
) -> Plan:
    """Return what the checked call becomes under `emulation`; None means that the profile has it as it is.

    Raises:
        UnsupportedInProfileError: Nothing can take its place.
    """
    refuse = partial(_unsupported, endpoint, profile)
    match emulation:
        case Paged(maximum=page) if isinstance(limit := arguments.get("limit"), int) and limit > page:
            offset = arguments.get("offset", 0)
            return Pages(endpoint, arguments, limit, offset if isinstance(offset, int) else 0, page)
        case FanOut(endpoint_id=single, field=field):
            return _fan_out(catalogue[single], arguments, field)
        case Library():
            return _chunks(endpoint, arguments, emulation, catalogue[emulation.endpoint_id], refuse)
        case Renamed(endpoint_id=newer):
            return _renamed(catalogue[newer], arguments, refuse)
        case Own(endpoint_id=own, instead=instead):
            return _mine(catalogue[own], arguments, refuse(instead))
        case Removed(instead=instead):
            raise refuse(instead)
        case _:
            return _as_it_is(endpoint, arguments, reshaped=isinstance(emulation, Reshaped))


Refuse = Callable[[str], UnsupportedInProfileError]


def _unsupported(endpoint: Endpoint, profile: Profile, instead: str) -> UnsupportedInProfileError:
    known = Profile.DEVELOPMENT if profile is Profile.AUTO else profile
    return UnsupportedInProfileError(
        f"{endpoint.id} is not available to Spotify apps with the profile {known}: {instead}",
        reason="UNSUPPORTED_IN_PROFILE",
    )


def _as_it_is(endpoint: Endpoint, arguments: Arguments, *, reshaped: bool) -> One | Old:
    fields = _text(arguments.get("fields", ""))
    if reshaped and "tracks" in names_of(fields):
        # Asked for in both shapes, the playlist answers in the one that the app gets.
        both = f"{fields},{translate(fields, playlist_as_items)}"
        return Old(endpoint, render(endpoint, {**arguments, "fields": both}), whole=True)
    return One(endpoint, render(endpoint, arguments))


def _mine(own: Endpoint, arguments: Arguments, otherwise: UnsupportedInProfileError) -> Mine:
    rest = {name: value for name, value in arguments.items() if name != "user_id"}
    return Mine(own, render(own, rest), _text(arguments["user_id"]), otherwise)


def _fan_out(single: Endpoint, arguments: Arguments, field: str) -> Many:
    ids = _members(arguments["ids"])
    shared = {name: value for name, value in arguments.items() if name != "ids"}
    return Many(single, ids, tuple(render(single, {**shared, "id": member}) for member in ids), field)


def _chunks(
    endpoint: Endpoint, arguments: Arguments, emulation: Library, common: Endpoint, refuse: Refuse
) -> Chunks:
    if "timestamped_ids" in arguments:
        raise refuse(_NO_TIMES)
    if arguments.get("public") is False:
        raise refuse(_NO_PRIVACY)
    kind = emulation.kind or _text(arguments["type"])
    uris = (f"spotify:{kind}:{member}" for member in _members(arguments[emulation.ids]))
    about = _members(arguments["ids"])[0] if emulation.ids != "ids" and "ids" in arguments else ""
    requests = tuple(render(common, {"uris": chunk}) for chunk in _chunked(uris))
    return Chunks(common, requests, endpoint.success, about, refuse(_OWN_STATUS))


def _renamed(newer: Endpoint, arguments: Arguments, refuse: Refuse) -> Plan:
    renamed = dict(arguments)
    if "fields" in renamed:
        renamed["fields"] = translate(_text(renamed["fields"]), contents_as_items)
    if "tracks" in renamed:
        renamed["items"] = removed = renamed.pop("tracks")
        if isinstance(removed, tuple) and any("positions" in one for one in removed):
            raise refuse(_NO_POSITIONS)
    request = render(newer, renamed)
    return Old(newer, request, whole=False) if newer.method == "GET" else One(newer, request)


def _chunked(uris: Iterator[str]) -> Iterator[tuple[str, ...]]:
    while chunk := tuple(islice(uris, _CHUNK)):
        yield chunk


def _members(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (_text(value),)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def emulation_of(endpoint: Endpoint, profile: Profile) -> Emulation | None:
    """Return what takes the endpoint's place in `profile`; an unknown one is judged as the most restricted."""
    return endpoint.emulation.get(Profile.DEVELOPMENT if profile is Profile.AUTO else profile)
