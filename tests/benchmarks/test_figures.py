"""Figures drawn from records."""

import math

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import inversions, noisy, percentile, worst_window

TIMES = st.lists(st.floats(0, 100, allow_nan=False), max_size=40)


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile(values, 1.0) == 100
    assert percentile([7.0], 0.01) == 7
    assert math.isnan(percentile([], 0.5))


def test_two_calls_exactly_a_window_apart_are_in_no_window_together() -> None:
    assert worst_window([0, 30], 30) == 1
    assert worst_window([0, 29.9, 30], 30) == 2
    assert worst_window([], 30) == 0


@given(TIMES, st.floats(0.1, 50))
def test_the_worst_window_begins_at_a_call(times: list[float], window_s: float) -> None:
    slowly = max((sum(at <= other < at + window_s for other in times) for at in times), default=0)
    assert worst_window(times, window_s) == slowly


def test_one_caller_out_of_turn_is_one_inversion_however_far_he_moved() -> None:
    assert inversions([0, 1, 2, 3]) == 0
    assert inversions([3, 0, 1, 2]) == 1
    assert inversions([1, 2, 3, 0]) == 1
    assert inversions([1, 0, 3, 2]) == 2
    assert inversions([]) == 0


def test_measurements_are_noisy_when_the_highest_is_far_above_the_lowest() -> None:
    assert not noisy([10, 12, 15])
    assert noisy([10, 12, 15.1])
