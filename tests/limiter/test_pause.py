"""The pause: monotone, one prober at a time, reopened only by fresh news."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limiter.pause import Pause, rest_s


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 30.0),
        (math.nan, 30.0),
        (math.inf, 30.0),
        (-5.0, 30.0),
        (0.0, 1.0),
        (0.2, 1.0),
        (7.5, 7.5),
        (80000.0, 80000.0),
    ],
)
def test_retry_after_is_obeyed_unless_it_is_missing_or_nonsense(header: float | None, seconds: float) -> None:
    assert rest_s(header, default_s=30.0) == seconds


def test_an_open_pause_holds_nobody_back() -> None:
    pause = Pause(probe_timeout_s=10)
    assert pause.admits_at == -math.inf
    assert pause.leave(5.0) == 0
    assert not pause.outlasts(-1e9)


def test_a_shorter_pause_does_not_shorten_a_longer_one() -> None:
    pause = Pause(probe_timeout_s=10)
    pause.begin(100.0)
    pause.begin(50.0)
    assert pause.admits_at == 100.0


def test_the_second_call_waits_for_the_probers_answer() -> None:
    pause = Pause(probe_timeout_s=10)
    pause.begin(100.0)
    prober = pause.leave(100.0)
    assert pause.admits_at == 110.0
    assert pause.answered(prober)
    assert pause.is_open


def test_a_prober_that_gives_up_lets_another_go_at_once() -> None:
    pause = Pause(probe_timeout_s=10)
    pause.begin(100.0)
    pause.gave_up(pause.leave(100.0))
    assert pause.admits_at <= 100.0


def test_a_replaced_prober_that_gives_up_does_not_release_a_third() -> None:
    pause = Pause(probe_timeout_s=10)
    pause.begin(100.0)
    slow = pause.leave(100.0)
    pause.leave(110.0)
    pause.gave_up(slow)
    assert pause.admits_at == 120.0


def test_the_late_answer_of_a_replaced_prober_counts() -> None:
    pause = Pause(probe_timeout_s=10)
    pause.begin(100.0)
    slow = pause.leave(100.0)
    pause.leave(110.0)
    assert pause.answered(slow)


def test_an_answer_from_before_a_new_pause_does_not_end_it() -> None:
    pause = Pause(probe_timeout_s=10)
    pause.begin(100.0)
    prober = pause.leave(100.0)
    pause.begin(200.0)
    assert not pause.answered(prober)
    assert not pause.is_open


def test_the_answer_to_an_ordinary_call_ends_nothing() -> None:
    pause = Pause(probe_timeout_s=10)
    ordinary = pause.leave(99.0)
    pause.begin(100.0)
    assert not pause.answered(ordinary)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["429", "leave", "answer", "give up", "wait"]), st.floats(0, 20), st.integers(0, 5)
        ),
        max_size=60,
    )
)
def test_it_never_shortens_and_never_has_two_fresh_probers_out(events: list[tuple[str, float, int]]) -> None:
    pause, now, longest = Pause(probe_timeout_s=10), 0.0, -math.inf
    out: dict[int, float] = {}
    for event, seconds, which in events:
        chosen = list(out)[which % len(out)] if out else 0
        if event == "429":
            pause.begin(now + seconds)
            longest = max(longest, now + seconds)
            out.clear()
        elif event == "leave" and pause.admits_at <= now and not pause.is_open:
            assert now >= longest
            assert all(now - left >= 10 for left in out.values())
            out[pause.leave(now)] = now
        elif event == "answer" and pause.answered(chosen):
            out.clear()
        elif event == "give up":
            pause.gave_up(chosen)
            out.pop(chosen, None)
        elif event == "wait":
            now += seconds
        assert pause.until == longest
