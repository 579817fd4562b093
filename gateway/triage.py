"""Judges the members of a group together: so many may still leave in time, the others are told one wait; pure."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Generic, TypeVar

from gateway.errors import SpotifyError
from gateway.estimate import Part, Predict, estimate_of
from gateway.upstream import refusal
from limiter import LimitStatus, Priority, Refused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict(Generic[T]):
    """What becomes of a group.

    Attributes:
        refused: The members that must not leave, with the one error of all.
        retry_after_s: Seconds after which whatever does not leave now can be had; 0 if nothing is in the way.
    """

    refused: Mapping[T, SpotifyError] = field(default_factory=dict)
    retry_after_s: float = 0.0


ALL: Final[Verdict[Any]] = Verdict()
"""Nobody is refused beforehand."""


def judge(
    wanted: Sequence[T],
    wait_s: Callable[[int], float],
    *,
    patience_s: float,
    answer_s: float,
    limit: int,
) -> Verdict[T]:
    """Judge members that each need as many calls as the others.

    Args:
        wanted: The members, those that matter most first.
        wait_s: Predicts the seconds until the last of so many newcomers may leave; never less for more.
        patience_s: Seconds within which an answer is of use.
        answer_s: Seconds that an answer takes.
        limit: Members that a full window holds, or a day that has fewer calls; more are never free at once, so
            none is promised more.
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


def judge_calls(
    parts: Sequence[Sequence[Part]], predict: Predict, *, patience_s: float, answer_s: float, at_once: int
) -> Verdict[int]:
    """Judge calls by their places, each of which is made of parts; what is known already waits for nobody."""

    def done_s(count: int) -> float:
        return estimate_of(chain.from_iterable(parts[:count]), predict, deadline_s=patience_s)["done_s"]

    largest = max((len(call) for call in parts), default=1)
    return judge(
        range(len(parts)),
        done_s,
        patience_s=patience_s,
        answer_s=answer_s,
        limit=max(1, at_once // max(1, largest)),
    )


def at_once(budget: LimitStatus, priority: Priority) -> int:
    """Return how many calls a rested budget lets out together; only calls in bulk stop at the day's."""
    counted = budget.day_limit and priority >= Priority.BACKGROUND
    return min(budget.limit, budget.day_limit) if counted else budget.limit
