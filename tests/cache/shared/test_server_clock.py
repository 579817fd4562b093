"""The server's time as a process knows it: never wrong by more than the answer took."""

from cache.shared.server_clock import RENEW_S, ServerClock


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def heard(time: ServerClock, clock: Clock, server_s: float, took_s: float) -> None:
    asked_at = clock.now
    clock.now += took_s
    time.heard(server_s, asked_at=asked_at, heard_at=clock.now)


def bounds(time: ServerClock) -> tuple[int, int]:
    return time.earliest_ms(), time.latest_ms()


def test_it_is_unknown_until_the_server_told_it() -> None:
    time = ServerClock(Clock())
    assert not time.known


def test_the_bounds_are_as_far_apart_as_the_answer_took() -> None:
    clock = Clock()
    time = ServerClock(clock)
    heard(time, clock, 5000.0, took_s=0.5)
    assert time.known
    assert bounds(time) == (5_000_000, 5_000_501)
    clock.now += 10
    assert bounds(time) == (5_010_000, 5_010_501)


def test_a_vaguer_answer_counts_only_once_the_sharper_one_is_old() -> None:
    clock = Clock()
    time = ServerClock(clock)
    heard(time, clock, 5000.0, took_s=0.25)
    start = clock.now
    heard(time, clock, 5000.25, took_s=0.5)
    low, high = bounds(time)
    assert high - low == 251
    clock.now = start + RENEW_S
    heard(time, clock, 5060.0, took_s=0.5)
    low, high = bounds(time)
    assert high - low == 501


def test_a_clock_that_was_set_counts_at_once() -> None:
    clock = Clock()
    time = ServerClock(clock)
    heard(time, clock, 5000.0, took_s=0.25)
    heard(time, clock, 9000.0, took_s=0.5)
    assert bounds(time) == (9_000_000, 9_000_501)
