"""The long window: never more than its limit in any span, and right about when there is room again."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limiter.cells import CellWindow
from limiter.journal import Spent

SPAN = 100.0
CELL = 10.0


def make(limit: int) -> CellWindow:
    return CellWindow(limit, SPAN, CELL)


def test_a_call_counts_until_a_span_after_the_end_of_its_cell() -> None:
    window = make(1)
    window.add(3.0)
    assert window.room(109.9) == 0
    assert window.room(110.0) == 1


def test_a_call_at_the_edge_belongs_to_the_cell_that_begins() -> None:
    window = make(1)
    window.add(10.0)
    assert window.room(119.9) == 0
    assert window.room(120.0) == 1


def test_calls_on_their_way_take_room_but_are_not_used() -> None:
    window = make(2)
    window.hold()
    assert (window.room(0.0), window.used(0.0), window.held) == (1, 0, 1)
    window.release()
    window.add(0.0)
    assert (window.room(0.0), window.used(0.0), window.held) == (1, 1, 0)


def test_a_lowered_limit_leaves_less_than_no_room_until_calls_come_home() -> None:
    window = make(3)
    window.add(0.0, 3)
    window.resize(1)
    assert window.room(0.0) == -2
    assert window.free_at(1, 0.0) == 110.0
    window.resize(5)
    assert window.room(0.0) == 2


def test_without_a_limit_there_is_always_room_and_calls_count_for_a_later_one() -> None:
    window = make(0)
    window.add(0.0, 1000)
    assert window.room(0.0) > 10**9
    assert window.free_at(10**6, 5.0) == 5.0
    window.resize(1001)
    assert window.room(0.0) == 1


def test_restored_calls_keep_their_age() -> None:
    window = make(10)
    window.add(1000.0)
    window.restore([Spent(95.0, 2), Spent(0.0, 3), Spent(100.0, 4)], 1000.0)
    assert window.used(1000.0) == 6
    assert window.used(1005.0) == 4
    assert window.used(1100.0) == 1
    assert window.used(1110.0) == 0


def test_calls_after_a_restart_come_home_after_the_restored_ones() -> None:
    window = make(2)
    window.restore([Spent(0.0, 1)], 7.0)
    window.add(7.0)
    assert [window.free_at(nth, 7.0) for nth in (1, 2, 3)] == [107.0, 110.0, 210.0]


@pytest.mark.parametrize(("limit", "span_s", "cell_s"), [(-1, SPAN, CELL), (1, 0.0, CELL), (1, SPAN, 0.0)])
def test_sizes_that_make_no_sense_are_rejected(limit: int, span_s: float, cell_s: float) -> None:
    with pytest.raises(ValueError, match=r"not|cannot"):
        CellWindow(limit, span_s, cell_s)


# Quarters are exact in binary, so the properties need no tolerance.
quarters = st.integers(0, 400).map(lambda n: n / 4)
spent = st.lists(st.builds(Spent, quarters, st.integers(1, 3)), max_size=5)


@given(
    limit=st.integers(1, 6),
    gaps=st.lists(quarters, max_size=60),
    delays=st.lists(quarters, min_size=60, max_size=60),
)
def test_no_span_ever_holds_more_than_the_limit_wherever_the_upstream_counts_a_call(
    limit: int, gaps: Sequence[float], delays: Sequence[float]
) -> None:
    window, now = make(limit), 0.0
    away: list[tuple[float, float]] = []
    lives: list[tuple[float, float]] = []
    for gap_s, delay_s in zip(gaps, delays, strict=False):
        now += gap_s
        for answered, sent in sorted(away):
            if answered <= now:
                window.release()
                window.add(answered)
                lives.append((sent, answered))
        away = [call for call in away if call[0] > now]
        if window.room(now) > 0:
            window.hold()
            away.append((now + delay_s, now))
    # The worst that the upstream can do to a span: count early calls late and late calls early.
    lives += [(sent, answered) for answered, sent in away]
    for _, end in lives:
        assert sum(answered >= end and sent < end + SPAN for sent, answered in lives) <= limit


@given(st.integers(1, 5), spent, st.lists(quarters, max_size=20), st.integers(0, 3))
def test_every_prediction_comes_true(limit: int, before: list[Spent], gaps: list[float], held: int) -> None:
    window, now = make(limit), 200.0
    window.restore(before, now)
    for gap_s in gaps:
        now += gap_s
        if window.room(now) > 0:
            window.add(now)
    for _ in range(held):
        window.hold()
    predicted = [window.free_at(nth, now) for nth in range(1, 3 * limit + 1)]
    for _ in range(held):
        window.release()
        window.add(now)
    for at in predicted:
        # No sooner ...
        assert at == now or window.room(at - 0.25) <= 0
        # ... and no later.
        assert window.room(at) > 0
        window.add(at)
        now = at


@given(st.integers(1, 3), st.lists(st.floats(0.0, 50.0), max_size=80), st.floats(0.1, 20.0))
def test_odd_cells_and_times_round_to_the_safe_side(limit: int, gaps: list[float], cell_s: float) -> None:
    window, now = CellWindow(limit, SPAN, cell_s), 0.0
    added: list[float] = []
    for gap_s in gaps:
        now += gap_s
        if window.room(now) > 0:
            window.add(now)
            added.append(now)
    assert all(later >= first + SPAN for first, later in zip(added, added[limit:], strict=False))


def test_a_day_in_cells_stays_small() -> None:
    window = CellWindow(10**6, 86_400.0, 300.0)
    for second in range(0, 3 * 86_400, 30):
        window.add(float(second))
    assert window.used(3 * 86_400.0) <= 86_700 / 30
    assert window.free_at(10**6, 3 * 86_400.0) <= 3 * 86_400.0 + 86_700
