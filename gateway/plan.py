"""Decides which requests a call becomes in a profile; pure, so a refusal costs nothing upstream."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.endpoint import Endpoint, FanOut, Paged, Profile, Removed
from gateway.errors import UnsupportedInProfileError
from gateway.params import Arguments, UpstreamRequest, render


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
        furthest = total - 1 if offset is None or offset.maximum is None else min(total - 1, offset.maximum)
        starts = range(self.offset + self.page, min(self.offset + self.limit, furthest + 1), self.page)
        return [self._at(start) for start in starts]

    def _at(self, start: int) -> UpstreamRequest:
        limit = min(self.page, self.offset + self.limit - start)
        return render(self.endpoint, {**self.arguments, "limit": limit, "offset": start})


@dataclass(frozen=True, slots=True)
class Many:
    """The call is a batch read that the profile lacks: one single read per id, in the order of the ids."""

    endpoint: Endpoint
    requests: tuple[UpstreamRequest, ...]
    field: str


Plan = One | Pages | Many


def plan(endpoint: Endpoint, arguments: Arguments, *, profile: Profile, catalogue: Mapping[str, Endpoint]) -> Plan:
    """Return what the checked call becomes in `profile`.

    Raises:
        UnsupportedInProfileError: The profile does not have the operation, and nothing can take its place.
    """
    # Until it is known, the most restricted profile is assumed: its calls work in every other one too.
    known = Profile.DEVELOPMENT if profile is Profile.AUTO else profile
    match endpoint.emulation.get(known):
        case Paged(maximum=page) if isinstance(limit := arguments.get("limit"), int) and limit > page:
            offset = arguments.get("offset", 0)
            return Pages(endpoint, arguments, limit, offset if isinstance(offset, int) else 0, page)
        case FanOut(endpoint_id=single, field=field):
            return _fan_out(catalogue[single], arguments, field)
        case Removed(instead=instead):
            raise UnsupportedInProfileError(
                f"{endpoint.id} is not available to Spotify apps with the profile {known}: {instead}",
                reason="UNSUPPORTED_IN_PROFILE",
            )
        case _:
            return One(endpoint, render(endpoint, arguments))


def _fan_out(single: Endpoint, arguments: Arguments, field: str) -> Many:
    ids = arguments["ids"]
    shared = {name: value for name, value in arguments.items() if name != "ids"}
    requests = tuple(
        render(single, {**shared, "id": member}) for member in (ids if isinstance(ids, tuple) else ())
    )
    return Many(single, requests, field)
