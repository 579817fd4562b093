"""Judges the reads of a group together: so many may still leave in time, the others are told one wait; pure."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.errors import SpotifyError
from gateway.params import UpstreamRequest
from gateway.upstream import refusal
from limiter import Refused


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a group.

    Attributes:
        refused: The requests that must not leave, with the one error of all.
        retry_after_s: Seconds after which whatever does not leave now can be had; 0 if nothing is in the way.
    """

    refused: Mapping[UpstreamRequest, SpotifyError] = field(default_factory=dict)
    retry_after_s: float = 0.0


ALL = Verdict()
"""Nobody is refused beforehand."""


def judge(
    wanted: Sequence[UpstreamRequest],
    wait_s: Callable[[int], float],
    *,
    patience_s: float,
    answer_s: float,
    limit: int,
) -> Verdict:
    """Judge requests that each need a call.

    Args:
        wanted: The requests, those that matter most first.
        wait_s: Predicts the seconds until the last of so many newcomers may leave; never less for more.
        patience_s: Seconds within which an answer is of use.
        answer_s: Seconds that an answer takes.
        limit: Calls in a full window, or in a day that has fewer; more are never free at once, so none is promised
            more.
    """
    within_s = max(0.0, patience_s - answer_s)
    admitted = bisect_right(range(1, len(wanted) + 1), within_s, key=wait_s)
    if admitted == len(wanted):
        return ALL
    retry_after_s = wait_s(min(len(wanted), admitted + limit))
    if not admitted and wait_s(1) > patience_s:
        # The limiter refuses every one of them and knows best why.
        return Verdict(retry_after_s=retry_after_s)
    error = refusal(Refused("deadline", retry_after_s))
    return Verdict(dict.fromkeys(wanted[admitted:], error), retry_after_s)
