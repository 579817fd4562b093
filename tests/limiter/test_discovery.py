"""The search for an unknown limit: few refusals, little left unused, and never a step that it may not take."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limiter.discovery import Discovery, DiscoveryConfig
from limiter.journal import NullJournal

W = 30.0
AWAY = W + 0.05
HOUR = 3600.0
CONFIG = DiscoveryConfig(window_s=W)


class ExactServer:
    """Refuses a call that finds a full window, and says how long until one would not."""

    def __init__(self, limit: Callable[[float], int]) -> None:
        self.limit = limit
        self.served = 0
        self.refusals: list[float] = []
        self._log: deque[float] = deque()

    def answer(self, now: float) -> float | None:
        """None for an answer, or the Retry-After of a 429."""
        while self._log and self._log[0] <= now - W:
            self._log.popleft()
        limit = self.limit(now)
        if len(self._log) < limit:
            self._log.append(now)
            self.served += 1
            return None
        self.refusals.append(now)
        return max(1.0, self._log[len(self._log) - limit] + W - now)


@dataclass
class Caller:
    """Always has another call, and obeys window, pace and pauses as a limiter does."""

    discovery: Discovery
    server: ExactServer
    random: Random
    away: deque[float] = field(default_factory=deque)
    in_flight: int = 0
    paced: float = 0.0
    paused: float = 0.0
    wake: float = 0.0

    def run(self, until: float) -> None:
        # Time, number, what, and the Retry-After of an answer.
        events: list[tuple[float, int, str, float | None]] = []
        now, numbers = 0.0, count()
        while now < until:
            for _ in range(self._leave(now)):
                heappush(events, (now + self._delay(), next(numbers), "arrival", None))
            if not events or self.wake <= events[0][0]:
                now = self.wake
                continue
            now, _, event, retry_after = heappop(events)
            if event == "arrival":
                heappush(events, (now + self._delay(), next(numbers), "answer", self.server.answer(now)))
            else:
                self._answered(now, retry_after)

    def _leave(self, now: float) -> int:
        """How many calls leave now; sets when to look again."""
        while self.away and self.away[0] <= now:
            self.away.popleft()
        limit = self.discovery.limit
        spacing = AWAY / limit
        ahead_s = 0.0 if self.discovery.is_probing else 3 * spacing
        left = 0
        while self.in_flight + len(self.away) < limit and max(self.paused, self.paced - ahead_s) <= now:
            self.in_flight += 1
            self.paced = max(now, self.paced) + spacing
            left += 1
        self.wake = max(self.paused, self.paced - ahead_s)
        if self.in_flight + len(self.away) >= limit:
            self.wake = max(self.wake, self.away[0] if self.away else inf)
        return left

    def _answered(self, now: float, retry_after: float | None) -> None:
        in_window = self.in_flight + len(self.away)
        self.in_flight -= 1
        self.away.append(now + AWAY)
        if retry_after is None:
            self.discovery.answered(now, in_window=in_window)
        else:
            self.discovery.throttled(now, in_window=in_window)
            self.paused = max(self.paused, now + retry_after)

    def _delay(self) -> float:
        return self.random.uniform(0.02, 0.1)


def saturate(limit: Callable[[float], int], *, hours: float, seed: int) -> tuple[Discovery, ExactServer]:
    server = ExactServer(limit)
    discovery = Discovery(CONFIG, start=30, cap=1000)
    Caller(discovery, server, Random(seed)).run(hours * HOUR)
    return discovery, server


def test_a_constant_limit_is_found_with_one_refusal_and_nearly_used_up() -> None:
    discovery, server = saturate(lambda _: 180, hours=4, seed=1)
    used = server.served / (4 * HOUR / W * 180)
    assert len(server.refusals) <= 3
    assert used >= 0.95
    assert discovery.limit == 176
    assert not discovery.is_probing


def test_a_lowered_limit_is_followed_within_a_few_windows() -> None:
    discovery, server = saturate(lambda now: 180 if now < 2 * HOUR else 120, hours=4, seed=1)
    used = server.served / (2 * HOUR / W * (180 + 120))
    assert len(server.refusals) <= 15
    assert used >= 0.95
    assert max(server.refusals) < 2 * HOUR + 4 * W
    assert discovery.limit <= 120


def test_a_limit_below_the_start_is_found_too() -> None:
    discovery, server = saturate(lambda now: 20 if now < HOUR else 13, hours=2, seed=1)
    assert 11 <= discovery.limit <= 13
    assert max(server.refusals) < HOUR + 10 * W


def fill(discovery: Discovery, now: float) -> float:
    """One clean full window; returns its end."""
    discovery.answered(now, in_window=1)
    discovery.answered(now + W, in_window=discovery.limit)
    return now + W


def test_a_full_clean_window_proves_the_limit_and_raises_it_by_a_quarter() -> None:
    discovery = Discovery(CONFIG, start=30, cap=1000)
    assert discovery.is_probing
    fill(discovery, 0.0)
    assert (discovery.proven, discovery.limit) == (30, 38)
    assert discovery.is_probing


def test_a_window_that_was_not_full_or_not_whole_proves_nothing() -> None:
    discovery = Discovery(CONFIG, start=100, cap=1000)
    assert not discovery.answered(0.0, in_window=100)
    assert not discovery.answered(W - 0.1, in_window=100)
    assert not discovery.answered(W, in_window=96)
    assert (discovery.proven, discovery.limit) == (0, 100)


def test_a_refusal_makes_the_window_begin_anew() -> None:
    discovery = Discovery(CONFIG, start=100, cap=1000)
    discovery.answered(0.0, in_window=1)
    discovery.throttled(20.0, in_window=10)
    assert not discovery.answered(20.0 + W - 0.1, in_window=100)
    assert discovery.answered(20.0 + W, in_window=100)


def test_the_proof_of_a_limit_that_cannot_be_raised_is_news_once() -> None:
    discovery = Discovery(CONFIG, start=30, cap=30)
    discovery.answered(0.0, in_window=1)
    assert discovery.answered(W, in_window=30)
    assert not discovery.answered(2 * W, in_window=30)
    assert (discovery.limit, discovery.is_probing) == (30, False)


def test_a_refusal_says_how_many_fit_and_holds_the_limit_just_below_for_a_day() -> None:
    discovery = Discovery(CONFIG, start=200, cap=1000)
    assert discovery.throttled(10.0, in_window=181)
    assert (discovery.ceiling, discovery.limit) == (180, 176)
    now = 10.0
    while now < 10.0 + CONFIG.hold_s - W:
        now = fill(discovery, now)
        assert discovery.limit == 176
    assert discovery.proven == 176


def test_after_the_hold_the_limit_creeps_up_once_in_a_clean_minute() -> None:
    discovery = Discovery(CONFIG, start=200, cap=178)
    discovery.throttled(0.0, in_window=178)
    assert discovery.limit == 173
    now = CONFIG.hold_s + W
    limits = [(now := fill(discovery, now)) and discovery.limit for _ in range(10)]
    assert limits == [174, 174, 175, 175, 176, 176, 177, 177, 178, 178]


def test_the_echo_of_a_ban_says_nothing_about_the_window() -> None:
    discovery = Discovery(CONFIG, start=30, cap=1000)
    assert not discovery.throttled(0.0, in_window=1)
    assert (discovery.ceiling, discovery.limit) == (None, 30)


@pytest.mark.parametrize(("start", "cap"), [(0, 10), (10, 0)])
def test_a_search_without_a_single_call_is_rejected(start: int, cap: int) -> None:
    with pytest.raises(ValueError, match="at least one call"):
        Discovery(CONFIG, start=start, cap=cap)


class Notes(NullJournal):
    """Remembers lessons, and lets them age by hand."""

    def __init__(self) -> None:
        self.lessons: dict[str, tuple[float, float]] = {}

    def learn(self, name: str, value: float, *, keep_s: float) -> None:
        self.lessons[name] = value, keep_s

    def learned(self, name: str) -> tuple[float, float] | None:
        value, left_s = self.lessons.get(name, (0.0, 0.0))
        return (value, left_s) if left_s > 0 else None

    def age(self, by_s: float) -> None:
        self.lessons = {name: (value, left_s - by_s) for name, (value, left_s) in self.lessons.items()}


def restored(notes: Notes, now: float, *, cap: int = 1000) -> Discovery:
    discovery = Discovery(CONFIG, start=30, cap=cap)
    discovery.restore(notes, "client", now=now)
    return discovery


def test_a_restart_goes_on_at_what_was_proven() -> None:
    notes, discovery = Notes(), Discovery(CONFIG, start=30, cap=1000)
    fill(discovery, 0.0)
    fill(discovery, W)
    discovery.save(notes, "client", now=2 * W)
    again = restored(notes, 0.0)
    assert (again.limit, again.proven, again.ceiling) == (38, 38, None)
    assert restored(notes, 0.0, cap=35).limit == 35


def test_a_restart_keeps_ceiling_and_hold() -> None:
    notes, discovery = Notes(), Discovery(CONFIG, start=200, cap=1000)
    discovery.throttled(0.0, in_window=181)
    discovery.save(notes, "client", now=0.0)
    notes.age(CONFIG.hold_s - 3 * W)
    again = restored(notes, 500.0)
    assert (again.limit, again.ceiling) == (176, 180)
    now = fill(again, fill(again, 500.0))
    assert again.limit == 176
    fill(again, fill(again, now))
    assert again.limit == 177


def test_a_restart_without_a_memory_begins_at_the_start() -> None:
    again = restored(Notes(), 0.0)
    assert (again.limit, again.proven, again.ceiling) == (30, 0, None)


steps = st.tuples(
    st.sampled_from([0.1, 1.0, 10.0, W, 61.0, 86_400.0]),
    st.booleans(),
    st.floats(0.0, 1.2),
)


@given(start=st.integers(1, 300), cap=st.integers(1, 300), script=st.lists(steps, max_size=60))
@settings(deadline=None)
def test_never_above_the_cap_and_never_two_cuts_in_one_window(
    start: int, cap: int, script: list[tuple[float, bool, float]]
) -> None:
    discovery = Discovery(CONFIG, start=start, cap=cap)
    now, cuts = 0.0, [-W]
    for wait_s, refused, share in script:
        now += wait_s
        before = discovery.limit
        tell = discovery.throttled if refused else discovery.answered
        tell(now, in_window=max(1, round(share * discovery.limit)))
        assert 1 <= discovery.limit <= cap
        assert discovery.proven <= discovery.limit
        if discovery.limit < before:
            assert refused
            assert now - cuts[-1] >= W
            cuts.append(now)
