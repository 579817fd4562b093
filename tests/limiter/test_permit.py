"""A permit has exactly one outcome, however its holder leaves."""

import pytest

from asking import KEY, ask, now
from limiter import LimiterConfig, LocalLimiter
from virtual_time import run


def make(calls: int) -> LocalLimiter:
    return LocalLimiter(LimiterConfig(calls=calls), clock=now)


def test_a_block_that_reports_nothing_counts_as_lost() -> None:
    async def main() -> None:
        limiter = make(1)
        with pytest.raises(OSError, match="reset"), await ask(limiter):
            raise OSError("reset")
        assert limiter.status(KEY).in_flight == 0
        assert limiter.predict(KEY) == pytest.approx(35.0)

    run(main())


def test_a_block_that_reports_is_left_alone() -> None:
    async def main() -> None:
        limiter = make(1)
        with await ask(limiter) as permit:
            permit.unused()
        assert limiter.predict(KEY) == 0.0

    run(main())


def test_the_first_report_wins_and_a_second_is_an_error() -> None:
    async def main() -> None:
        limiter = make(2)
        permit = await ask(limiter)
        permit.unused()
        for again in (permit.answered, permit.lost, permit.unused, lambda: permit.throttled(1.0)):
            with pytest.raises(RuntimeError, match="already"):
                again()
        assert limiter.status(KEY).free == 2

    run(main())
