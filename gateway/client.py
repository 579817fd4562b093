"""The one way to Spotify: check, plan for the profile, cache, single flight, upstream; nothing else calls it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from cache import PUBLIC, Answer, Flight, FlightTimeoutError, Found, TieredCache, cache_key
from gateway.answers import error_for
from gateway.assemble import collect, merge_pages, total_of
from gateway.endpoint import Endpoint, Profile
from gateway.errors import NotFoundError, UpstreamTimeoutError
from gateway.params import UpstreamRequest, bind
from gateway.plan import Many, One, Pages, plan
from gateway.principal import Principal
from gateway.together import together
from gateway.upstream import Upstream
from limiter import Priority

CacheStatus = Literal["hit", "shared", "joined", "miss"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """How calls are made.

    Attributes:
        profile: What Spotify lets the app do.
        deadline_s: How long a call may wait when its caller does not say.
    """

    profile: Profile
    deadline_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with what it cost.

    Attributes:
        body: JSON bytes; the upstream's own where one request answered the call.
        cache: The costliest way by which any part of it came.
        age_s: Age of its oldest part, in seconds.
        upstream_calls: Requests that this call, and nobody else's, sent.
    """

    body: bytes
    cache: CacheStatus
    age_s: float
    upstream_calls: int


@dataclass(frozen=True, slots=True)
class _Context:
    priority: Priority
    deadline: float


class SpotifyClient:
    """Answers calls of the catalogue."""

    def __init__(
        self,
        config: ClientConfig,
        *,
        catalogue: Mapping[str, Endpoint],
        cache: TieredCache,
        upstream: Upstream,
        clock: Callable[[], float],
    ) -> None:
        self._config = config
        self._catalogue = catalogue
        self._cache = cache
        self._upstream = upstream
        self._clock = clock

    async def call(
        self,
        endpoint_id: str,
        arguments: Iterable[tuple[str, object]],
        *,
        principal: Principal,  # noqa: ARG002 - user reads are keyed by it; app reads are everybody's
        deadline_s: float | None = None,
        priority: Priority = Priority.INTERACTIVE,
    ) -> Reply:
        """Answer one call.

        Args:
            endpoint_id: An id of the catalogue.
            arguments: What the caller gave, unchecked.
            principal: Who calls.
            deadline_s: Seconds that the caller is ready to wait; None for the configured span.
            priority: How urgent it is.

        Raises:
            SpotifyError: There is no answer; the error says why and what to do.
        """
        endpoint = self._catalogue[endpoint_id]
        steps = plan(
            endpoint,
            bind(endpoint, arguments),
            profile=self._config.profile,
            catalogue=self._catalogue,
        )
        wait_s = self._config.deadline_s if deadline_s is None else deadline_s
        context = _Context(priority, self._clock() + wait_s)
        match steps:
            case One(endpoint=single, request=request):
                return await self._fetch(single, request, context)
            case Pages():
                return await self._pages(steps, context)
            case Many():
                return await self._many(steps, context)

    async def _pages(self, pages: Pages, context: _Context) -> Reply:
        # The first page comes alone: it tells how many more are worth a call.
        first = await self._fetch(pages.endpoint, pages.first, context)
        rest = await together(
            self._fetch(pages.endpoint, request, context) for request in pages.rest(total_of(first.body))
        )
        replies = [first, *rest]
        body = merge_pages([reply.body for reply in replies], limit=pages.limit, offset=pages.offset)
        return _combine(body, replies)

    async def _many(self, many: Many, context: _Context) -> Reply:
        async def one(request: UpstreamRequest) -> Reply | None:
            try:
                return await self._fetch(many.endpoint, request, context)
            except NotFoundError:
                return None

        replies = await together(one(request) for request in many.requests)
        body = collect([None if reply is None else reply.body for reply in replies], many.field)
        return _combine(body, [reply for reply in replies if reply is not None])

    async def _fetch(self, endpoint: Endpoint, request: UpstreamRequest, context: _Context) -> Reply:
        key = cache_key(
            request.method, request.path, query=request.query, profile=self._config.profile, owner=PUBLIC
        )

        async def load(flight: Flight[Any]) -> Answer:
            return await self._upstream.load(endpoint, request, flight=flight, priority=context.priority)

        try:
            found = await self._cache.fetch(
                key, load, policy=endpoint.cache, deadline=context.deadline, label=endpoint.id
            )
        except FlightTimeoutError:
            raise UpstreamTimeoutError(
                "No answer came within the time that this call had; try again, or give it longer"
            ) from None
        return _reply(found)


def _reply(found: Found) -> Reply:
    if found.answer.status != HTTPStatus.OK:
        raise error_for(found.answer)
    return Reply(found.answer.body, found.result, found.age_s, int(found.result == "miss"))


_COSTLIEST_FIRST: Sequence[CacheStatus] = ("miss", "joined", "shared", "hit")


def _combine(body: bytes, replies: Sequence[Reply]) -> Reply:
    return Reply(
        body,
        next((status for status in _COSTLIEST_FIRST if any(r.cache == status for r in replies)), "miss"),
        max((reply.age_s for reply in replies), default=0.0),
        sum(reply.upstream_calls for reply in replies),
    )
