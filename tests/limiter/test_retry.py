"""Retries: spread over the whole delay, and never more than the successes pay for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from limiter import RetryBudget, RetryPolicy


def test_the_delay_doubles_up_to_its_cap() -> None:
    policy = RetryPolicy()
    assert [policy.delay_s(attempt, 1.0) for attempt in range(7)] == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0]


@given(attempt=st.integers(0, 100), random=st.floats(0, 1))
def test_jitter_covers_everything_from_nothing_to_the_bound(attempt: int, random: float) -> None:
    policy = RetryPolicy(base_s=0.5, cap_s=4.0)
    assert policy.delay_s(attempt, 0.0) == 0.0
    assert 0.0 <= policy.delay_s(attempt, random) <= min(4.0, 0.5 * 2**attempt)


def test_a_fresh_budget_pays_for_its_cap_and_no_more() -> None:
    budget = RetryBudget(ratio=0.1, cap=3.0)
    assert [budget.try_spend() for _ in range(4)] == [True, True, True, False]


def test_successes_earn_retries() -> None:
    budget = RetryBudget(ratio=0.5, cap=1.0)
    assert budget.try_spend()
    budget.succeeded()
    assert not budget.try_spend()
    budget.succeeded()
    assert budget.try_spend()


@settings(max_examples=200, deadline=None)
@given(
    ratio=st.floats(0, 1),
    cap=st.floats(1, 20),
    calls=st.lists(st.tuples(st.booleans(), st.integers(1, 30)), max_size=40),
)
def test_in_any_stretch_retries_stay_within_a_share_of_the_successes_plus_the_cap(
    ratio: float, cap: float, calls: list[tuple[bool, int]]
) -> None:
    budget = RetryBudget(ratio=ratio, cap=cap)
    # A stretch's excess is spent minus earned since any earlier moment: the rise above the lowest point so far.
    balance, lowest = 0.0, 0.0
    for succeeded, times in calls:
        for _ in range(times):
            if succeeded:
                budget.succeeded()
                balance -= ratio
            elif budget.try_spend():
                balance += 1.0
            lowest = min(lowest, balance)
            assert balance - lowest <= cap + 1e-6
