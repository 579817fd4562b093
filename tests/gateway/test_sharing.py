"""Whatever reads arrive: each is answered once and with its own thing, and those let in leave in time."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cache import Flight
from gateway.batcher import Batcher
from gateway.catalogue import CATALOGUE
from gateway.errors import SpotifyError, ThrottledError
from gateway.loader import Identity, Loaded
from gateway.params import render
from gateway.transport import LostError, Response
from limiter import LimitKey, NullObserver, Priority
from pipeline import CountingTokens, ScriptedTransport, ids_of, new_batcher, new_upstream, refused, things
from virtual_time import run

ALBUM = CATALOGUE["get-an-album"]
MOST = 20
TOKENS = CountingTokens()
ANSWER_S = 0.1
W = 30.0


@dataclass(frozen=True)
class Arrival:
    """So many reads at once, so long after the ones before."""

    gap_s: float
    count: int
    patience_s: float
    priority: Priority
    market: str
    cancelled_after_s: float


def patient(gap_s: float, patience_s: float) -> Arrival:
    """One interactive read."""
    return Arrival(gap_s, 1, patience_s, Priority.INTERACTIVE, "US", cancelled_after_s=400.0)


def arrivals(
    priorities: st.SearchStrategy[Priority], cancelled: st.SearchStrategy[float]
) -> st.SearchStrategy[list[Arrival]]:
    one = st.builds(
        Arrival,
        st.sampled_from([0.0, 0.0, 0.05, 0.2, 1.0, 7.0, 31.0]),
        st.sampled_from([1, 1, 2, 5, 19, 20, 21, 45]),
        st.sampled_from([0.5, 5.0, 29.0, 35.0, 61.0, 400.0]),
        priorities,
        st.sampled_from(["US", "US", "DE"]),
        cancelled,
    )
    return st.lists(one, min_size=1, max_size=25)


NEVER_S = 1e6
ANY = arrivals(st.sampled_from(list(Priority)), st.sampled_from([NEVER_S, NEVER_S, 0.0, 0.04, 0.15, 3.0]))
STEADY = arrivals(st.just(Priority.INTERACTIVE), st.just(NEVER_S))


@dataclass
class Permits(NullObserver):
    """What became of the permits that were granted."""

    outcomes: list[str] = field(default_factory=list)

    def settled(self, key: LimitKey, outcome: Any) -> None:
        del key
        self.outcomes.append(outcome)


@dataclass
class Read:
    """One read and what came of it."""

    item: str
    arrival: Arrival
    asked_at: float
    outcome: Loaded | SpotifyError | None = None
    told_at: float = 0.0


async def play(batcher: Batcher, arrivals: list[Arrival]) -> list[Read]:
    """Make the reads; those that are cancelled have no outcome."""
    loop = asyncio.get_running_loop()
    reads: list[Read] = []

    async def one(read: Read) -> None:
        request = render(ALBUM, {"id": read.item, "market": read.arrival.market})
        flight: Flight[Any] = Flight(read.asked_at + read.arrival.patience_s)
        how: dict[str, Any] = {"identity": Identity(TOKENS), "flight": flight, "priority": read.arrival.priority}
        task = asyncio.create_task(batcher.load(ALBUM, request, **how))
        done, _ = await asyncio.wait({task}, timeout=read.arrival.cancelled_after_s)
        # As the cache does: what has boarded goes on.
        if not done and not flight.committed:
            task.cancel()
        try:
            read.outcome = await task
        except SpotifyError as error:
            read.outcome = error
        except asyncio.CancelledError:
            return
        read.told_at = loop.time()

    async with asyncio.TaskGroup() as group:
        for arrival in arrivals:
            await asyncio.sleep(arrival.gap_s)
            for _ in range(arrival.count):
                reads.append(Read(f"{len(reads):022}", arrival, loop.time()))
                group.create_task(one(reads[-1]))
    return reads


@settings(max_examples=100, deadline=None)
@given(arrivals=ANY, calls=st.sampled_from([1, 2, 5, 30]), failures=st.lists(st.integers(0, 3), max_size=8))
def test_each_read_is_answered_once_and_each_call_has_its_permit(
    arrivals: list[Arrival], calls: int, failures: list[int]
) -> None:
    async def main() -> None:
        permits, left = Permits(), list(failures)

        def script(method: str, url: str) -> Response | BaseException:
            kind = left.pop() if left else 0
            outcomes: list[Response | BaseException] = [
                things(method, url),
                refused(500, "no"),
                LostError("reset"),
            ]
            return outcomes[kind] if kind < 3 else refused(400, "odd") if "ids=" in url else outcomes[0]

        transport = ScriptedTransport(script, delay_s=ANSWER_S)
        upstream = new_upstream(transport, calls=calls, permits=permits)
        batcher = new_batcher(upstream)
        reads = await play(batcher, arrivals)

        carried = [item for _, url in transport.sent for item in ids_of(url)]
        assert all(len(set(ids_of(url))) == len(ids_of(url)) <= MOST for _, url in transport.sent)
        for read in reads:
            if isinstance(read.outcome, Loaded):
                assert orjson.loads(read.outcome.answer.body) == {"id": read.item}
                assert failures or carried.count(read.item) == 1
            elif isinstance(read.outcome, ThrottledError):
                assert (read.outcome.retry_after_s or 0) > 0
        if not failures:
            assert sum(read.outcome.calls for read in reads if isinstance(read.outcome, Loaded)) == len(
                transport.sent
            )
        assert len([outcome for outcome in permits.outcomes if outcome != "unused"]) == len(transport.sent)
        times = [at for at, _ in transport.sent]
        assert all(later - earlier >= W for earlier, later in zip(times, times[calls:], strict=False))
        await asyncio.sleep(10 * W)
        status = upstream.status(ALBUM)
        assert (status.free, status.in_flight, status.waiting) == (calls, 0, 0)
        await batcher.close()

    run(main())


@settings(max_examples=100, deadline=None)
@example(arrivals=[patient(0, 0.5), patient(0, 35), patient(1, 29)], calls=1)
@given(arrivals=STEADY, calls=st.sampled_from([1, 2, 5, 30]))
def test_a_read_is_refused_on_arrival_or_leaves_before_its_deadline(arrivals: list[Arrival], calls: int) -> None:
    async def main() -> None:
        transport = ScriptedTransport(things, delay_s=ANSWER_S)
        arrivals_of_one_group = [Arrival(**{**vars(one), "market": "US"}) for one in arrivals]
        batcher = new_batcher(new_upstream(transport, calls=calls))
        for read in await play(batcher, arrivals_of_one_group):
            if isinstance(read.outcome, Loaded):
                # A ride that waits for the slot of a call still on its way was promised its time without knowing
                # how long that call takes, and whoever joins it later is told the same.
                assert read.told_at <= read.asked_at + read.arrival.patience_s + 2 * ANSWER_S + 1e-6
            else:
                assert read.told_at == read.asked_at

    run(main())
