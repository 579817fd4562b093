"""Carries out a plan: several requests become one answer; what part of them failed is said, not hidden."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

import orjson

from cache import Result
from gateway.assemble import collect, join_lists, merge_pages, older, only_of, total_of
from gateway.endpoint import Endpoint
from gateway.errors import NotFoundError, SpotifyError
from gateway.params import UpstreamRequest
from gateway.plan import Chunks, Many, Mine, Old, One, Pages, Plan
from gateway.together import together


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
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


Fetch = Callable[[Endpoint, UpstreamRequest], Awaitable[Reply]]
Me = Callable[[], Awaitable[str]]
"""Returns the id of the signed-in user."""


async def carry_out(plan: Plan, fetch: Fetch, *, me: Me, clock: Callable[[], float]) -> Reply:
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
            return await _many(plan, fetch, clock)
        case Chunks():
            return await _chunks(plan, fetch, me)
        case Old():
            reply = await fetch(plan.endpoint, plan.request)
            return replace(reply, body=older(reply.body, whole=plan.whole))
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


async def _many(many: Many, fetch: Fetch, clock: Callable[[], float]) -> Reply:
    # What is refused on arrival is told its wait then, and the answer may come much later.
    told_at: dict[int, float] = {}

    async def part(request: UpstreamRequest) -> Reply | SpotifyError:
        outcome = await _outcome(fetch, many.endpoint, request)
        if isinstance(outcome, SpotifyError):
            told_at[id(outcome)] = clock()
        return outcome

    outcomes = await together(part(request) for request in many.requests)
    replies = [outcome for outcome in outcomes if isinstance(outcome, Reply)]
    errors = [o for o in outcomes if isinstance(o, SpotifyError) and not isinstance(o, NotFoundError)]
    # Something that waiting does not mend is wrong with all of them alike.
    if errors and (not replies or any(error.retry_after_s is None for error in errors)):
        raise errors[0]
    body = collect([outcome.body if isinstance(outcome, Reply) else None for outcome in outcomes], many.field)
    pairs = zip(many.ids, outcomes, strict=True)
    return replace(
        _combine(body, replies),
        missing=tuple(member for member, outcome in pairs if outcome in errors),
        retry_after_s=_rest_s([(told_at[id(error)], error) for error in errors], clock()),
    )


def _rest_s(told: Sequence[tuple[float, SpotifyError]], now: float) -> float | None:
    """Return what is left of the longest wait, given when each one was told; None if there is none."""
    return max((max(0.0, at + (error.retry_after_s or 0.0) - now) for at, error in told), default=None)


async def _outcome(fetch: Fetch, endpoint: Endpoint, request: UpstreamRequest) -> Reply | SpotifyError:
    try:
        return await fetch(endpoint, request)
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
    return replace(_combine(b"", replies), status=chunks.success)


async def _mine(mine: Mine, fetch: Fetch, me: Me) -> Reply:
    if mine.user_id != await me():
        raise mine.otherwise
    reply = await fetch(mine.endpoint, mine.request)
    if reply.status == HTTPStatus.OK and "items" in orjson.loads(reply.body):
        return replace(reply, body=only_of(reply.body, owner=mine.user_id))
    return reply


_COSTLIEST_FIRST: Sequence[Result] = ("miss", "joined", "shared", "stale", "hit")


def _combine(body: bytes, replies: Sequence[Reply]) -> Reply:
    return Reply(
        body=body,
        cache=next((status for status in _COSTLIEST_FIRST if any(r.cache == status for r in replies)), "hit"),
        age_s=max((reply.age_s for reply in replies), default=0.0),
        partial=any(reply.partial for reply in replies),
    )
