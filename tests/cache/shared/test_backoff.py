"""Pauses between attempts to connect."""

from cache.shared.backoff import Backoff
from cache.shared.config import SharedConfig


async def pauses(backoff: Backoff, slept: list[float], count: int) -> list[float]:
    slept.clear()
    for _ in range(count):
        await backoff.pause()
    return list(slept)


async def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_success() -> None:
    slept: list[float] = []
    random = 0.0

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    backoff = Backoff(SharedConfig(backoff_s=1, most_backoff_s=5), random=lambda: random, sleep=sleep)
    assert await pauses(backoff, slept, 5) == [0.5, 1, 2, 2.5, 2.5]
    backoff.worked()
    random = 0.5
    assert await pauses(backoff, slept, 2) == [0.75, 1.5]
    assert (await pauses(backoff, slept, 2000))[-1] == 3.75
