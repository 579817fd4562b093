"""Tells from their plans what calls would cost and when they would be done; nothing is sent, nothing counted."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypedDict

import orjson

from cache import Answer
from gateway.assemble import total_of
from gateway.endpoint import Endpoint
from gateway.loader import NO_SHARING, Sharing
from gateway.params import UpstreamRequest
from gateway.plan import Chunks, Many, Mine, Old, One, Pages, Plan


@dataclass(frozen=True, slots=True)
class Part:
    """One request that a call may send, in whose name, the answer that is known, who may share it, who pays."""

    endpoint: Endpoint
    request: UpstreamRequest
    user: str
    known: Answer | None
    sharing: Sharing = NO_SHARING
    payer: str = ""


Look = Callable[[Endpoint, UpstreamRequest], Part]
"""Finds a request's answer if it is fresh; raises what a real call of it would, if it may not be made."""

Predict = Callable[[Part, int], float]
"""Returns the seconds until the last of so many calls such as this one may leave."""


class Estimate(TypedDict):
    """What a dry run answers.

    `upstream_calls` is the most that would be sent, repeats of failed ones left out; `cached` is how many parts
    need no call. `wait_s` and `done_s` are the seconds until the first and the last call may leave.
    """

    upstream_calls: int
    cached: int
    wait_s: float
    done_s: float
    fits_deadline: bool
    message: str


def parts_of(plan: Plan, look: Look, *, me: Callable[[], Part]) -> list[Part]:
    """Return the requests that `plan` sends at most; `me` looks for the signed-in user's profile.

    Raises:
        SpotifyError: The plan would not be carried out.
    """
    match plan:
        case One() | Old():
            return [look(plan.endpoint, plan.request)]
        case Pages():
            first = look(plan.endpoint, plan.first)
            total = plan.offset + plan.limit if first.known is None else total_of(first.known.body)
            return [first, *(look(plan.endpoint, request) for request in plan.rest(total))]
        case Many():
            return [look(plan.endpoint, request) for request in plan.requests]
        case Chunks():
            asked = _profile(me(), plan.about, plan.otherwise) if plan.about else []
            return [*asked, *(look(plan.endpoint, request) for request in plan.requests)]
        case Mine():
            return [*_profile(me(), plan.user_id, plan.otherwise), look(plan.endpoint, plan.request)]


def estimate_of(parts: Iterable[Part], predict: Predict, *, deadline_s: float) -> Estimate:
    """Return the estimate of calls that are made together."""
    # The same read, twice in one batch, is one call; the same write is done twice.
    distinct = {
        (part.endpoint.id, part.request, 0 if part.endpoint.method == "GET" else place): part
        for place, part in enumerate(parts)
    }
    needed = [part for part in distinct.values() if part.known is None]
    calls, cached = _calls(needed), len(distinct) - len(needed)
    wait_s = _up(predict(needed[0], 1)) if needed else 0.0
    # All share the window, whatever family they are counted in.
    families = {part.endpoint.family: part for part in needed}
    done_s = max((_up(predict(part, calls)) for part in families.values()), default=0.0)
    fits = done_s <= deadline_s
    return Estimate(
        upstream_calls=calls,
        cached=cached,
        wait_s=wait_s,
        done_s=done_s,
        fits_deadline=fits,
        message=_message(calls, cached, times=(wait_s, done_s), deadline_s=None if fits else deadline_s),
    )


def _calls(needed: Iterable[Part]) -> int:
    """Return how many calls the parts take, given which of them may share one."""
    groups = Counter((part.sharing, part.endpoint.id, part.user, part.request.query) for part in needed)
    return sum(sharing.calls_for(count) for (sharing, *_), count in groups.items())


def _profile(part: Part, user_id: str, otherwise: Exception) -> list[Part]:
    if part.known is not None and orjson.loads(part.known.body).get("id") != user_id:
        raise otherwise
    return [part]


def _up(seconds: float) -> float:
    return ceil(seconds * 1000) / 1000


def _message(calls: int, cached: int, *, times: Sequence[float], deadline_s: float | None) -> str:
    if not calls:
        return "Nothing was sent. The cache has all of it: no call, no wait."
    first, last = ("at once" if not time_s else f"in {time_s:g} s" for time_s in times)
    when = f"The first may leave {first}, the last {last}"
    if first == last:
        when = f"{'It' if calls == 1 else 'All'} may leave {last}"
    known = f"; {cached} more {'is' if cached == 1 else 'are'} cached" if cached else ""
    cost = f"Nothing was sent. It would cost at most {calls} call{'s' * (calls > 1)}{known}."
    if deadline_s is None:
        return f"{cost} {when}."
    return f"{cost} {when}, which is after the deadline of {deadline_s:g} s: ask for less, or give it longer."
