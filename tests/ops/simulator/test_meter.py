"""The rolling window agrees with its definition on every history of arrivals."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ops.simulator.meter import DAY_S, Meter, RollingWindow

# Eighths of a second are exact in binary, so the reference may subtract where the window adds.
EIGHTHS = st.integers(min_value=0, max_value=80).map(lambda eighths: eighths / 8)


@given(
    gaps=st.lists(EIGHTHS, max_size=60),
    limit=st.integers(min_value=1, max_value=6),
    window_s=st.integers(min_value=1, max_value=160).map(lambda eighths: eighths / 8),
)
def test_a_call_fits_exactly_when_fewer_than_the_limit_arrived_in_the_window(
    gaps: list[float], limit: int, window_s: float
) -> None:
    window = RollingWindow(limit, window_s)
    admitted: list[float] = []
    now = 0.0
    for gap in gaps:
        now += gap
        inside = [at for at in admitted if now - window_s < at <= now]
        wait_s = window.wait_s(now)
        assert (wait_s == 0) is (len(inside) < limit)
        if wait_s:
            assert wait_s == min(inside) + window_s - now
        else:
            window.add(now)
            admitted.append(now)


@given(
    gaps=st.lists(EIGHTHS, max_size=60),
    limit=st.integers(min_value=1, max_value=6),
    window_s=st.integers(min_value=1, max_value=160).map(lambda eighths: eighths / 8),
)
def test_the_predicted_wait_is_enough_and_no_shorter_wait_is(
    gaps: list[float], limit: int, window_s: float
) -> None:
    window, now = RollingWindow(limit, window_s), 0.0
    for gap in gaps:
        now += gap
        window.add(now)
    wait_s = window.wait_s(now)
    if wait_s:
        assert window.wait_s(now + wait_s - 1 / 16) > 0
    assert window.wait_s(now + wait_s) == 0


def test_retry_after_is_whole_seconds_rounded_up_and_never_zero() -> None:
    meter = Meter(limit=1, window_s=30.0, quota_per_day=None)
    meter.occupy("search", 0.0, served=True)
    waits = [meter.refusal("search", now) for now in (0.0, 0.5, 29.0, 29.9)]
    assert [refusal and refusal.retry_after for refusal in waits] == [30, 30, 1, 1]
    assert meter.refusal("search", 30.0) is None


def test_each_family_has_its_own_day_quota() -> None:
    meter = Meter(limit=100, window_s=30.0, quota_per_day=1)
    meter.occupy("search", 0.0, served=True)
    refusal = meter.refusal("search", 3_600.0)
    assert refusal is not None
    assert (refusal.quota, refusal.retry_after) == (True, math.ceil(DAY_S) - 3_600)
    assert meter.refusal("catalog-read", 3_600.0) is None
    assert meter.refusal("search", DAY_S) is None
