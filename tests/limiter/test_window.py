"""The slot window: exact whatever the network does, never losing a slot, and right about its own future."""

from typing import TypeAlias

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from limiter.window import SlotWindow

W = 10.0
GUARD = 0.05
ABORT_GUARD = 4.0


def make(calls: int) -> SlotWindow:
    return SlotWindow(calls, window_s=W, guard_s=GUARD, abort_guard_s=ABORT_GUARD)


def take_all(window: SlotWindow, now: float) -> int:
    window.collect(now)
    taken = 0
    while window.take():
        taken += 1
    return taken


def test_an_answered_slot_is_free_again_one_window_and_a_guard_after_the_answer() -> None:
    window = make(1)
    assert window.take()
    window.settle(3.0)
    window.collect(3.0 + W)
    assert not window.take()
    window.collect(3.0 + W + GUARD)
    assert window.take()


def test_a_lost_slot_stays_away_longer_and_does_not_delay_the_answered_ones() -> None:
    window = make(2)
    take_all(window, 0.0)
    window.lose(1.0)
    window.settle(2.0)
    assert take_all(window, 2.0 + W + GUARD) == 1
    assert take_all(window, 1.0 + W + ABORT_GUARD - 0.01) == 0
    assert take_all(window, 1.0 + W + ABORT_GUARD) == 1


def test_an_unused_slot_is_free_at_once() -> None:
    window = make(1)
    window.take()
    window.void()
    assert window.take()


def test_slots_above_a_lowered_limit_are_retired_as_they_come_home() -> None:
    window = make(3)
    take_all(window, 0.0)
    window.resize(1)
    for _ in range(3):
        window.settle(0.0)
    assert take_all(window, W + GUARD) == 1


def test_a_raised_limit_is_usable_at_once() -> None:
    window = make(1)
    take_all(window, 0.0)
    window.resize(3)
    assert take_all(window, 0.0) == 2


def test_a_window_without_slots_is_rejected() -> None:
    with pytest.raises(ValueError, match="at least one"):
        make(1).resize(0)


def test_a_ramp_starts_at_a_quarter_and_reaches_everything_after_one_window() -> None:
    window = make(20)
    window.ramp(100.0)
    window.collect(100.0)
    assert window.free == 5
    window.collect(100.0 + W / 2)
    assert window.free == 12
    window.collect(100.0 + W)
    assert window.free == 20


def test_a_ramp_of_a_tiny_window_keeps_one_slot() -> None:
    window = make(2)
    window.ramp(0.0)
    assert window.free == 1


def test_a_second_ramp_replaces_the_first() -> None:
    window = make(20)
    window.ramp(0.0)
    window.collect(3.0)
    window.ramp(3.0)
    assert window.free == 5
    window.collect(3.0 + W)
    assert window.free == 20


def test_slots_in_use_count_against_the_ramp() -> None:
    window = make(20)
    for _ in range(8):
        window.take()
    window.ramp(0.0)
    assert take_all(window, 0.0) == 0
    assert window.in_flight == 8


# Exactness


Step: TypeAlias = tuple[str, float, float, int]  # what, share of a window, where the arrival lies, which call

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "send", "answer", "lose"]),
        st.floats(0, 1.2),
        st.floats(0, 1),
        st.integers(0, 3),
    ),
    max_size=60,
)


def worst_window(arrivals: list[float]) -> int:
    """Most arrivals that an exact server sees in any half-open window of W seconds."""
    return max((sum(at - W < other <= at for other in arrivals) for at in arrivals), default=0)


def play(calls: int, steps: list[Step], *, anchored_at_send: bool = False) -> list[float]:
    """Drive a window; an adversary places every arrival anywhere between the send and the last possible moment."""
    window, now = make(calls), 0.0
    flying: list[float] = []
    arrivals: list[float] = []
    for action, size, where, which in steps:
        if action == "wait":
            now += size * W
        elif action == "send":
            window.collect(now)
            while window.take():
                flying.append(now)
                if anchored_at_send:
                    window.settle(now)
        elif flying:
            sent = flying.pop(which % len(flying))
            latest = now + ABORT_GUARD if action == "lose" else now
            arrivals.append(sent + where * (latest - sent))
            if not anchored_at_send:
                (window.lose if action == "lose" else window.settle)(now)
    return arrivals + flying


@settings(max_examples=300, deadline=None)
@given(calls=st.integers(1, 4), steps=STEPS)
def test_no_window_at_the_server_holds_more_than_the_limit_whatever_the_network_does(
    calls: int, steps: list[Step]
) -> None:
    assert worst_window(play(calls, steps)) <= calls


def test_the_same_adversary_beats_a_window_anchored_at_the_send() -> None:
    steps = find(
        STEPS,
        lambda steps: worst_window(play(1, steps, anchored_at_send=True)) > 1,
        settings=settings(
            max_examples=5000, database=None, derandomize=True, deadline=None, phases=[Phase.generate]
        ),
    )
    assert worst_window(play(1, steps)) <= 1


# Accounting

OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "settle", "lose", "void", "resize", "ramp", "wait"]),
        st.integers(1, 8),
    ),
    max_size=80,
)


def report(window: SlotWindow, outcome: str, now: float) -> None:
    if outcome == "void":
        window.void()
    elif outcome == "lose":
        window.lose(now)
    else:
        window.settle(now)


def drive(window: SlotWindow, operations: list[tuple[str, int]]) -> tuple[float, int]:
    """Apply operations, asserting the books after each; returns the time and the number of slots in flight."""
    now, flying = 0.0, 0
    for action, size in operations:
        if action == "take":
            window.collect(now)
            flying += window.take()
        elif action == "wait":
            now += size
        elif action == "resize":
            window.resize(size)
        elif action == "ramp":
            window.ramp(now)
        elif flying:
            flying -= 1
            report(window, action, now)
        assert window.in_flight == flying
        assert window.free <= window.limit
    return now, flying


@settings(max_examples=300, deadline=None)
@given(calls=st.integers(1, 8), operations=OPERATIONS)
def test_every_slot_is_free_in_flight_or_away_and_all_come_home(
    calls: int, operations: list[tuple[str, int]]
) -> None:
    window = make(calls)
    now, flying = drive(window, operations)
    for _ in range(flying):
        window.settle(now)
    window.collect(now + W + ABORT_GUARD)
    assert window.free == window.limit
    assert window.in_flight == 0


# Foresight


def served_at(window: SlotWindow, now: float, *, count: int) -> list[float]:
    """When `count` greedy callers really get their slots, if every call is answered at once."""
    times: list[float] = []
    for _ in range(window.in_flight):
        window.settle(now)
    while len(times) < count:
        window.collect(now)
        while window.take() and len(times) < count:
            times.append(now)
            window.settle(now)
        now = window.next_home(now)
    return times


@settings(max_examples=200, deadline=None)
@given(calls=st.integers(1, 8), operations=OPERATIONS)
def test_the_predicted_time_of_every_future_slot_is_right(calls: int, operations: list[tuple[str, int]]) -> None:
    window = make(calls)
    now, _ = drive(window, operations)
    count = 3 * window.limit
    promised = [window.slot_at(nth, now) for nth in range(1, count + 1)]
    assert promised == pytest.approx(served_at(window, now, count=count))


def test_a_rehearsal_changes_nothing() -> None:
    window = make(4)
    take_all(window, 0.0)
    window.settle(1.0)
    rehearsal = window.landed(2.0)
    assert rehearsal.in_flight == 0
    rehearsal.ramp(50.0)
    rehearsal.collect(100.0)
    assert (window.in_flight, window.free) == (3, 0)
    assert take_all(window, 1.0 + W + GUARD) == 1
