"""What the limiter promises, under any mix of arrivals, delays, outcomes, cancellations and 429s."""

import asyncio
import math
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import Phase, event, find, given, settings
from hypothesis import strategies as st

from limiter import LimiterConfig, LimitKey, LocalLimiter, NullObserver, Permit, Priority, Refused
from virtual_time import run

CONFIG = LimiterConfig(
    calls=2, window_s=10.0, guard_s=0.05, abort_guard_s=3.0, probe_timeout_s=4.0, default_pause_s=6.0
)
AWAY = CONFIG.window_s + CONFIG.guard_s
TICK = 0.0021  # an alarm may come a tick late, twice


def now() -> float:
    return asyncio.get_running_loop().time()


def quarters(low: float, high: float) -> st.SearchStrategy[float]:
    """Quarter seconds, so that things often fall together, and the sampler can look between them."""
    return st.integers(int(low * 4), int(high * 4)).map(lambda count: count / 4)


@dataclass(frozen=True)
class Caller:
    """One call: when it comes, how long it would wait, what becomes of it."""

    comes: float
    patience: float
    takes: float
    outcome: str = "answered"
    retry_after: float | None = None
    gives_up_after: float = math.inf
    family: str = "family"
    priority: Priority = Priority.INTERACTIVE


@dataclass
class Story:
    """What happened to a caller."""

    key: LimitKey
    promised: float = math.nan
    granted: float = math.nan
    ended: float = math.nan
    refused: Refused | None = None


@dataclass
class World:
    """A limiter and the callers that use it."""

    limiter: LocalLimiter
    stories: list[Story] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)
    grants: list[int] = field(default_factory=list)

    async def call(self, number: int, caller: Caller) -> None:
        await asyncio.sleep(caller.comes)
        story = self.stories[number]
        self.arrivals.append(number)
        story.promised = now() + self.limiter.predict(story.key)
        deadline = now() + caller.patience
        try:
            permit = await self.limiter.acquire(story.key, priority=caller.priority, deadline=deadline)
        except Refused as refused:
            story.refused = refused
            return
        finally:
            story.ended = now()
        story.granted = now()
        self.grants.append(number)
        with permit:
            await asyncio.sleep(caller.takes)
            report(permit, caller)

    async def live(self, callers: list[Caller], *watchers: Coroutine[object, object, None]) -> None:
        """Run everybody to the end, then see that nothing is missing."""
        self.stories = [Story(LimitKey("account", "client", x.family, str(n))) for n, x in enumerate(callers)]
        watching = [asyncio.create_task(watcher) for watcher in watchers]
        tasks = [asyncio.create_task(self.call(number, caller)) for number, caller in enumerate(callers)]
        loop = asyncio.get_running_loop()
        for task, caller in zip(tasks, callers, strict=True):
            if math.isfinite(caller.gives_up_after):
                loop.call_later(caller.comes + caller.gives_up_after, task.cancel)
        for end in await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 1000):
            if isinstance(end, Exception):
                raise end
        for watcher in watching:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
        self.balance()
        await asyncio.sleep(2 * AWAY)
        self.balance()
        assert self.limiter.status(KEY).free == CONFIG.calls

    def balance(self) -> None:
        status = self.limiter.status(KEY)
        assert (status.in_flight, status.waiting) == (0, 0)

    async def watch_for_waste(self) -> None:
        """Between any two events, nobody may be in line while a slot is free."""
        await asyncio.sleep(0.11)
        while True:
            status = self.limiter.status(KEY)
            assert not (status.waiting and status.free)
            await asyncio.sleep(0.25)


KEY = LimitKey("account", "client", "family")


def report(permit: Permit, caller: Caller) -> None:
    if caller.outcome in {"throttled", "quota"}:
        permit.throttled(caller.retry_after, quota_exceeded=caller.outcome == "quota")
    else:
        getattr(permit, caller.outcome)()


def make(observer: NullObserver | None = None) -> LocalLimiter:
    return LocalLimiter(CONFIG, clock=now, random=lambda: 0.0, observer=observer or NullObserver())


INTERACTIVE, URGENT, ALL = (Priority.INTERACTIVE,), (Priority.CONTROL, Priority.INTERACTIVE), tuple(Priority)


def callers(
    *outcomes: str, may_cancel: bool = True, classes: Sequence[Priority] = INTERACTIVE
) -> st.SearchStrategy[list[Caller]]:
    never = st.just(math.inf)
    return st.lists(
        st.builds(
            Caller,
            comes=quarters(0, 30),
            patience=quarters(0, 60),
            takes=quarters(0, 2),
            outcome=st.sampled_from(outcomes),
            retry_after=st.sampled_from([None, 0.0, 2.0, 2.0, 15.0, 86400.0]),
            family=st.sampled_from(["family", "other family"]),
            gives_up_after=st.one_of(never, never, quarters(0, 30)) if may_cancel else never,
            priority=st.sampled_from(classes),
        ),
        min_size=1,
        max_size=14,
    )


@settings(max_examples=150, deadline=None)
@given(callers("answered", "answered", "lost", "unused", classes=URGENT))
def test_no_slot_leaks_none_lies_idle_and_nobody_is_overtaken(group: list[Caller]) -> None:
    async def main() -> None:
        world = World(make())
        await world.live(group, world.watch_for_waste())
        for priority in URGENT:
            served = [number for number in world.grants if group[number].priority is priority]
            assert served == [number for number in world.arrivals if number in served]
        event(f"refused: {any(story.refused for story in world.stories)}")

    run(main())


@settings(max_examples=150, deadline=None)
@given(callers("answered", "lost", "throttled", "quota", may_cancel=False, classes=ALL))
def test_nobody_waits_past_a_deadline_not_even_for_a_retry_after_of_a_day(group: list[Caller]) -> None:
    async def main() -> None:
        world = World(make())
        await world.live(group)
        for caller, story in zip(group, world.stories, strict=True):
            assert story.ended <= caller.comes + caller.patience + TICK

    run(main())


@settings(max_examples=150, deadline=None)
# A call given up on its way counts as lost and keeps its slot longer, which no promise can foresee.
@given(callers("answered", "unused", may_cancel=False))
def test_whoever_is_admitted_leaves_when_promised_give_or_take_the_answers_awaited(group: list[Caller]) -> None:
    async def main() -> None:
        world = World(make())
        await world.live(group)
        slowest = max(caller.takes for caller in group)
        for caller, story in zip(group, world.stories, strict=True):
            slack = slowest * (1 + (story.promised - caller.comes) // AWAY) + TICK
            if not math.isnan(story.granted):
                assert story.granted <= story.promised + slack
            elif story.refused and story.ended > caller.comes:
                assert story.promised + slack >= caller.comes + caller.patience

    run(main())


@settings(max_examples=150, deadline=None)
@given(
    first=st.lists(st.sampled_from(["answered", "lost", "throttled", "quota"]), min_size=2, max_size=2),
    header=st.sampled_from([None, 3.0, 20.0]),
    in_line=st.integers(0, 8),
    comes=quarters(0, 30),
    patience=quarters(0, 60),
)
def test_whoever_is_refused_on_arrival_is_let_through_when_coming_back_as_told(
    first: list[str], header: float | None, in_line: int, comes: float, patience: float
) -> None:
    async def main() -> None:
        world = World(make())
        for permit in [await ask(world.limiter, 0) for _ in first]:
            report(permit, Caller(0, 0, 0, first.pop(), header))
        tasks = [asyncio.create_task(world.call(number, Caller(0, 200, 0))) for number in range(in_line)]
        world.stories = [Story(KEY) for _ in tasks]
        await asyncio.sleep(comes + 0.1)
        arrived = now()
        try:
            await ask(world.limiter, patience)
        except Refused as refused:
            assert now() == arrived
            event(f"refused: {refused.reason}")
            await asyncio.sleep(refused.retry_after_s)
            await ask(world.limiter, 3 * TICK)
        await asyncio.gather(*tasks)

    async def ask(limiter: LocalLimiter, patience: float) -> Permit:
        return await limiter.acquire(KEY, priority=Priority.CRAWL, deadline=now() + patience)

    run(main())


# Exactness


@dataclass(frozen=True)
class Flight:
    """One call on an adversary's network: when it is wanted, how long it takes, when in between it arrives."""

    comes: float
    takes: float
    where: float
    outcome: str
    priority: Priority


FLIGHTS = st.lists(
    st.builds(
        Flight,
        comes=quarters(0, 40),
        takes=quarters(0, 12),
        where=st.floats(0, 1),
        outcome=st.sampled_from(["answered", "answered", "lost"]),
        priority=st.sampled_from(list(Priority)),
    ),
    max_size=24,
)


def worst_window(flights: list[Flight], *, anchored_at_send: bool = False) -> int:
    """Send the flights through a limiter; return the most arrivals that the server sees in any window."""
    arrivals: list[float] = []

    async def fly(limiter: LocalLimiter, flight: Flight) -> None:
        await asyncio.sleep(flight.comes)
        permit = await limiter.acquire(KEY, priority=flight.priority, deadline=math.inf)
        sent = now()
        if anchored_at_send:
            permit.answered()
        await asyncio.sleep(flight.takes)
        # A call that was given up may be delivered until just before the guard ends.
        latest = flight.takes + (CONFIG.abort_guard_s - 0.01 if flight.outcome == "lost" else 0.0)
        arrivals.append(sent + flight.where * latest)
        if not anchored_at_send:
            getattr(permit, flight.outcome)()

    async def main() -> None:
        limiter = make()
        await asyncio.gather(*(fly(limiter, flight) for flight in flights))

    run(main())
    return max((sum(at - CONFIG.window_s < other <= at for other in arrivals) for at in arrivals), default=0)


@settings(max_examples=200, deadline=None)
@given(FLIGHTS)
def test_no_window_at_the_server_ever_holds_more_than_the_limit(flights: list[Flight]) -> None:
    assert worst_window(flights) <= CONFIG.calls


def test_slots_that_come_home_a_window_after_the_send_would_not_keep_to_it() -> None:
    flights = find(
        FLIGHTS,
        lambda flights: worst_window(flights, anchored_at_send=True) > CONFIG.calls,
        settings=settings(
            max_examples=2000, database=None, derandomize=True, deadline=None, phases=[Phase.generate]
        ),
    )
    assert worst_window(flights) <= CONFIG.calls


# Pauses


class Warden(NullObserver):
    """Knows from the outside when a client id is paused, and objects to whoever leaves then."""

    def __init__(self) -> None:
        self.until = -math.inf
        self.shut = False
        self.prober = ""
        self.probe_by = -math.inf

    def permitted(self, key: LimitKey, priority: Priority, *, waited_s: float) -> None:
        assert waited_s >= 0
        assert priority in Priority
        if self.shut:
            assert now() >= self.until
            assert not self.prober or now() >= self.probe_by
            self.prober = key.user
            self.probe_by = now() + CONFIG.probe_timeout_s

    def settled(self, key: LimitKey, outcome: str) -> None:
        if key.user == self.prober and outcome in {"lost", "unused"}:
            self.prober = ""

    def paused(self, key: LimitKey, retry_after_s: float, *, quota: bool) -> None:
        assert key.user
        assert not quota
        self.shut = True
        self.prober = ""
        self.until = max(self.until, now() + retry_after_s)

    def resumed(self, key: LimitKey) -> None:
        assert key.user
        assert self.shut
        self.shut = False
        self.prober = ""


@settings(max_examples=200, deadline=None)
@given(callers("answered", "answered", "lost", "unused", "throttled", "throttled", classes=ALL))
def test_during_a_pause_nothing_leaves_and_after_it_one_until_an_answer(group: list[Caller]) -> None:
    async def main() -> None:
        warden = Warden()
        world = World(make(warden))
        await world.live(group)
        event(f"paused: {warden.until > 0}")

    run(main())


# All together


@pytest.mark.parametrize("delay", [0.05, 0.2, 1.0])
def test_a_saturated_limiter_provokes_no_429_and_leaves_nothing_unused(delay: float) -> None:
    async def main() -> None:
        limit, span, random = 30, 300.0, Random(1)
        limiter = LocalLimiter(LimiterConfig(calls=limit), clock=now, random=random.random)
        arrivals: list[float] = []

        async def worker() -> None:
            while now() < span:
                permit = await limiter.acquire(KEY, priority=Priority.CRAWL, deadline=math.inf)
                await asyncio.sleep(random.uniform(0, delay))
                arrivals.append(now())
                await asyncio.sleep(random.uniform(0, delay))
                permit.answered()

        await asyncio.gather(*(worker() for _ in range(2 * limit)))
        worst = max(sum(at - 30.0 < other <= at for other in arrivals) for at in arrivals)
        assert worst <= limit
        assert len([at for at in arrivals if at < span]) >= 0.99 * limit * span / (30.0 + delay)

    run(main())
