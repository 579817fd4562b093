"""Carries out a plan: several requests become one answer; what part of them failed is said, not hidden."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple, Protocol

import orjson

from cache import Result
from gateway.assemble import collect, join_lists, merge_pages, older, only_of, total_of
from gateway.endpoint import Endpoint
from gateway.errors import NotFoundError, SpotifyError, ThrottledError, UpstreamTimeoutError
from gateway.params import UpstreamRequest
from gateway.plan import Chunks, Many, Mine, Old, One, Pages, Plan
from gateway.together import together
from gateway.triage import Verdict


class Reply(NamedTuple):
    """An answer with what it cost.

    Attributes:
        body: JSON bytes, the upstream's own where one request answered the call; empty if there is nothing to say.
        status: HTTP status.
        cache: The costliest way by which any part of it came.
        age_s: Age of its oldest part, in seconds.
        upstream_calls: Requests that this call, and nobody else's, sent.
        missing: Ids that could not be had now; their places hold null.
        retry_after_s: When the missing ones can be had; None if nothing is missing, or time does not help.
        partial: Whether some object in it may lack fields, because a list showed it; only for those who take that.
    """

    body: bytes
    status: int = 200
    cache: Result = "miss"
    age_s: float = 0.0
    upstream_calls: int = 0
    missing: tuple[str, ...] = ()
    retry_after_s: float | None = None
    partial: bool = False


class Fetch(Protocol):
    """Gets the answer to one request; `refused` is the error if that would need a call."""

    def __call__(
        self, endpoint: Endpoint, request: UpstreamRequest, *, refused: SpotifyError | None = None
    ) -> Awaitable[Reply]:
        """Return it, or raise why there is none."""


Judge = Callable[[Endpoint, Sequence[UpstreamRequest]], Verdict[UpstreamRequest]]
"""Tells which requests of a group may leave in time."""

Me = Callable[[], Awaitable[str]]
"""Returns the id of the signed-in user."""


async def carry_out(plan: Plan, fetch: Fetch, *, judge: Judge, me: Me, clock: Callable[[], float]) -> Reply:
    """Return the answer that `plan` stands for; `clock` is monotonic seconds.

    Raises:
        SpotifyError: No part of it could be had.
    """
    match plan:
        case One(endpoint=endpoint, request=request):
            return await fetch(endpoint, request)
        case Pages():
            return await _pages(plan, fetch)
        case Many():
            return await _many(plan, fetch, judge(plan.endpoint, plan.requests), clock)
        case Chunks():
            return await _chunks(plan, fetch, me)
        case Old():
            reply = await fetch(plan.endpoint, plan.request)
            return reply._replace(body=older(reply.body, whole=plan.whole))
        case Mine():
            return await _mine(plan, fetch, me)


async def _pages(pages: Pages, fetch: Fetch) -> Reply:
    # The first page comes alone: it tells how many more are worth a call.
    first = await fetch(pages.endpoint, pages.first)
    requests = pages.rest(total_of(first.body))
    outcomes = await together(_outcome(fetch, pages.endpoint, request) for request in requests)
    replies = [first]
    for outcome in outcomes:
        # What comes behind a gap would have the wrong place; `next` leads to it.
        if isinstance(outcome, SpotifyError):
            if outcome.retry_after_s is None:
                raise outcome
            break
        replies.append(outcome)
    limit = pages.limit if len(replies) > len(requests) else pages.page * len(replies)
    return _combine(merge_pages([reply.body for reply in replies], limit=limit, offset=pages.offset), replies)


async def _many(many: Many, fetch: Fetch, verdict: Verdict[UpstreamRequest], clock: Callable[[], float]) -> Reply:
    # What is refused on arrival is told its wait then, and the answer may come much later.
    started = clock()
    told = await together(
        _told(fetch, many.endpoint, request, verdict.refused.get(request), clock) for request in many.requests
    )
    replies = [outcome for outcome, _ in told if isinstance(outcome, Reply)]
    errors = [(o, at) for o, at in told if isinstance(o, SpotifyError) and not isinstance(o, NotFoundError)]
    # Something that waiting does not mend is wrong with all of them alike. One that came too late is not.
    mended = UpstreamTimeoutError if replies else ()
    if lasting := next((e for e, _ in errors if e.retry_after_s is None and not isinstance(e, mended)), None):
        raise lasting
    rest_s = max((_rest_s(*one, now=clock()) for one in errors), default=None)
    if rest_s is not None:
        rest_s = max(rest_s, started + verdict.retry_after_s - clock())
        if not replies:
            raise _waiting(errors[0][0], rest_s)
    body = collect([outcome.body if isinstance(outcome, Reply) else None for outcome, _ in told], many.field)
    unserved = {id(error) for error, _ in errors}
    pairs = zip(many.ids, told, strict=True)
    return _combine(body, replies)._replace(
        missing=tuple(member for member, (outcome, _) in pairs if id(outcome) in unserved),
        retry_after_s=rest_s,
    )


async def _told(
    fetch: Fetch,
    endpoint: Endpoint,
    request: UpstreamRequest,
    refused: SpotifyError | None,
    clock: Callable[[], float],
) -> tuple[Reply | SpotifyError, float]:
    """Return the outcome and when it came."""
    outcome = await _outcome(fetch, endpoint, request, refused=refused)
    if refused is not None and isinstance(outcome, UpstreamTimeoutError):
        # Somebody else's load of it was worth waiting for, but took too long.
        outcome = refused
    return outcome, clock()


def _rest_s(error: SpotifyError, told_at: float, *, now: float) -> float:
    """Return what is left of the wait that an error told."""
    return max(0.0, told_at + (error.retry_after_s or 0.0) - now)


def _waiting(error: SpotifyError, wait_s: float) -> SpotifyError:
    """Return the refusal of a whole group, which takes longer than that of its first member."""
    if isinstance(error, ThrottledError) and error.retry_after_s is not None:
        return error.later(max(0.0, wait_s - error.retry_after_s))
    return error


async def _outcome(
    fetch: Fetch, endpoint: Endpoint, request: UpstreamRequest, *, refused: SpotifyError | None = None
) -> Reply | SpotifyError:
    try:
        return await fetch(endpoint, request, refused=refused)
    except SpotifyError as error:
        return error


async def _chunks(chunks: Chunks, fetch: Fetch, me: Me) -> Reply:
    if chunks.about and chunks.about != await me():
        raise chunks.otherwise
    # One after the other: a second half that fails must not leave the first one unknown. What is saved later
    # stands further up, and in one call the first id stands on top, so the last chunk is saved first.
    saves = chunks.endpoint.method == "PUT"
    requests = reversed(chunks.requests) if saves else chunks.requests
    replies = [await fetch(chunks.endpoint, request) for request in requests]
    if chunks.endpoint.method == "GET":
        return _combine(join_lists([reply.body for reply in replies]), replies)
    return _combine(b"", replies)._replace(status=chunks.success)


async def _mine(mine: Mine, fetch: Fetch, me: Me) -> Reply:
    if mine.user_id != await me():
        raise mine.otherwise
    reply = await fetch(mine.endpoint, mine.request)
    if reply.status == HTTPStatus.OK and "items" in orjson.loads(reply.body):
        return reply._replace(body=only_of(reply.body, owner=mine.user_id))
    return reply


_COSTLIEST_FIRST: Sequence[Result] = ("miss", "joined", "shared", "stale", "hit")


def _combine(body: bytes, replies: Sequence[Reply]) -> Reply:
    return Reply(
        body=body,
        cache=next((status for status in _COSTLIEST_FIRST if any(r.cache == status for r in replies)), "hit"),
        age_s=max((reply.age_s for reply in replies), default=0.0),
        partial=any(reply.partial for reply in replies),
    )
