"""Who goes along with which call, and when it leaves."""

import asyncio
from collections.abc import Iterator

import orjson
import pytest

from batching_rig import (
    BACKGROUND,
    CONTROL,
    CRAWL,
    INTERACTIVE,
    TOKENS,
    W,
    all_of,
    ids,
    load,
    several,
    shared,
    track,
)
from cache import Answer, Flight
from gateway.catalogue import CATALOGUE
from gateway.errors import (
    ShuttingDownError,
    ThrottledError,
    UpstreamTimeoutError,
)
from gateway.loader import Identity, Loaded
from gateway.params import render
from gateway.transport import Response
from pipeline import (
    ScriptedTransport,
    ids_of,
    new_batcher,
    new_client,
    new_upstream,
    refused,
    things,
)
from virtual_time import run


def test_the_urgent_board_first_and_then_those_with_least_time() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        batcher = new_batcher(new_upstream(transport, calls=1))
        await load(batcher, "9" * 22)
        crawl, late, soon, urgent = ids(20), ids(10, 100), ids(10, 200), ids(8, 300)
        calls = [
            *(load(batcher, one, priority=CRAWL, endpoint="get-an-album") for one in crawl),
            *(load(batcher, one, deadline=900, endpoint="get-an-album") for one in late),
            *(load(batcher, one, deadline=500, endpoint="get-an-album") for one in soon),
            *(load(batcher, one, priority=CONTROL, endpoint="get-an-album") for one in urgent),
        ]
        await all_of(calls)
        order = [ids_of(url) for _, url in transport.sent[1:]]
        assert order[0] == [*urgent, *soon, *late[:2]]
        assert order[1] == [*late[2:], *crawl[:12]]
        assert order[2] == crawl[12:]

    run(main())


def test_a_class_whose_members_another_one_took_along_spends_nothing() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        upstream = new_upstream(transport, calls=2)
        batcher = new_batcher(upstream)
        await all_of([load(batcher, "8" * 22), load(batcher, "9" * 22, market="US")])
        both = [load(batcher, ids(2)[0], priority=CRAWL), load(batcher, ids(2)[1])]
        await all_of(both)
        assert shared(transport) == [1, 1, 2]
        await asyncio.sleep(3 * W)
        status = upstream.status(CATALOGUE["get-track"])
        assert (status.free, status.waiting, status.in_flight) == (2, 0, 0)

    run(main())


def test_a_read_that_nobody_waits_for_any_more_does_not_leave() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = new_client(transport, calls=1)
        await track(client, "9" * 22)
        tasks = [asyncio.create_task(track(client, one)) for one in ids(3)]
        await asyncio.sleep(1)
        tasks[1].cancel()
        await asyncio.wait(tasks)
        assert ids_of(transport.sent[-1][1]) == [ids(3)[0], ids(3)[2]]
        gone = [asyncio.create_task(track(client, one)) for one in ids(3, 10)]
        await asyncio.sleep(1)
        for task in gone:
            task.cancel()
        await all_of(gone)
        await asyncio.sleep(100)
        assert len(transport.sent) == 2
        assert client.budget(CATALOGUE["get-track"]).free == 1

    run(main())


def test_a_read_that_has_boarded_is_worth_its_answer_though_its_caller_left() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things, delay_s=5)
        client = new_client(transport)
        tasks = [asyncio.create_task(track(client, one)) for one in ids(2)]
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await all_of(tasks)
        await asyncio.sleep(10)
        assert (await several(client, ids(2))).upstream_calls == 0

    run(main())


def test_who_cannot_leave_in_time_is_refused_on_arrival_and_comes_back_in_time() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        batcher, loop = new_batcher(new_upstream(transport, calls=1)), asyncio.get_running_loop()
        await load(batcher, "9" * 22, endpoint="get-an-album")
        waiting = asyncio.gather(*(load(batcher, one, endpoint="get-an-album") for one in ids(25)))
        await asyncio.sleep(10)
        # The next call, in 20 s, is full of those who came before; the one after that has room.
        started = loop.time()
        with pytest.raises(ThrottledError) as caught:
            await load(batcher, "8" * 22, endpoint="get-an-album", deadline=loop.time() + 40, priority=BACKGROUND)
        assert loop.time() == started
        assert caught.value.reason == "BUDGET_SPENT"
        wait_s = caught.value.retry_after_s or 0
        assert 2 * W < wait_s < 3 * W
        await asyncio.sleep(wait_s)
        await waiting
        started = loop.time()
        await load(batcher, "8" * 22, endpoint="get-an-album", deadline=loop.time() + 1, priority=BACKGROUND)
        assert loop.time() - started < 1

    run(main())


def test_an_impatient_newcomer_is_seated_early_unless_that_makes_somebody_late() -> None:
    async def main() -> None:
        for patience_s, seated in ((100.0, True), (40.0, False)):
            transport = ScriptedTransport(things)
            batcher, loop = new_batcher(new_upstream(transport, calls=1)), asyncio.get_running_loop()
            await load(batcher, "9" * 22, endpoint="get-an-album")
            deadline = loop.time() + patience_s
            full = [load(batcher, one, endpoint="get-an-album", deadline=deadline) for one in ids(20)]
            waiting = [asyncio.ensure_future(one) for one in full]
            await asyncio.sleep(1)
            newcomer = load(batcher, "8" * 22, endpoint="get-an-album", deadline=loop.time() + 35)
            outcome, *others = await all_of([newcomer, *waiting])
            assert isinstance(outcome, Loaded) is seated
            assert all(isinstance(other, Loaded) for other in others)

    run(main())


def test_a_read_that_got_more_time_while_it_waited_is_not_given_up() -> None:
    async def main() -> None:
        answers: Iterator[Response] = iter([refused(429, "no", retry_after="60")])
        transport = ScriptedTransport(lambda *call: next(answers, None) or things(*call), delay_s=10)
        client = new_client(transport, calls=1)
        throttled = asyncio.create_task(several(client, ids(2, 50), deadline_s=50))
        await asyncio.sleep(1)
        impatient = asyncio.gather(*(track(client, one, deadline_s=50) for one in ids(2)), return_exceptions=True)
        await asyncio.sleep(1)
        patient = asyncio.create_task(track(client, ids(1)[0], deadline_s=200))
        with pytest.raises(ThrottledError):
            await throttled
        outcomes = await impatient
        assert isinstance(outcomes[0], UpstreamTimeoutError)
        # Nobody with more time had asked for this one, and it is told of the pause at once.
        assert isinstance(outcomes[1], ThrottledError)
        assert orjson.loads((await patient).body) == {"id": ids(1)[0]}
        assert shared(transport) == [2, 1]

    run(main())


def test_a_pause_turns_away_those_whom_it_outlasts_and_the_others_stay_together() -> None:
    async def main() -> None:
        answers: Iterator[Response] = iter([refused(429, "no", retry_after="30")])
        transport = ScriptedTransport(lambda *call: next(answers, None) or things(*call), delay_s=1)
        batcher, loop = new_batcher(new_upstream(transport)), asyncio.get_running_loop()
        hasty = [asyncio.ensure_future(load(batcher, one, deadline=loop.time() + 10)) for one in ids(3)]
        patient = [asyncio.ensure_future(load(batcher, one, deadline=loop.time() + 100)) for one in ids(3, 50)]
        outcomes = await all_of(hasty)
        assert loop.time() < 2
        assert all(isinstance(one, ThrottledError) and one.reason == "RATE_LIMITED" for one in outcomes)
        assert all(one.retry_after_s >= 29 for one in outcomes)
        assert [one.calls for one in await all_of(patient)] == [2, 0, 0]
        assert shared(transport) == [6, 3]

    run(main())


def test_reads_one_after_the_other_are_never_held_back() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = new_client(transport, calls=30)
        for one in ids(30):
            await track(client, one)
        times = [at for at, _ in transport.sent]
        assert times[-1] == pytest.approx(29 * transport.delay_s)

    run(main())


def test_reads_that_keep_coming_are_spread_over_the_window_and_none_waits_long() -> None:
    async def main() -> None:
        transport, loop = ScriptedTransport(things), asyncio.get_running_loop()
        client = new_client(transport, calls=60)
        took: list[float] = []

        async def read(one: str) -> None:
            since = loop.time()
            await track(client, one)
            took.append(loop.time() - since)

        async with asyncio.TaskGroup() as group:
            for one in ids(4000):
                group.create_task(read(one))
                await asyncio.sleep(0.025)
        assert max(took) < 1.5
        times = [at for at, _ in transport.sent]
        assert all(later - earlier >= 30 for earlier, later in zip(times, times[60:], strict=False))

    run(main())


def test_a_lone_read_carries_what_is_known_of_its_answer() -> None:
    async def main() -> None:
        unchanged = Response(304, {"etag": '"e"'}, b"")
        transport = ScriptedTransport(lambda *_: unchanged)
        batcher, entry, known = (
            new_batcher(new_upstream(transport)),
            CATALOGUE["get-track"],
            Answer(200, b"{}", '"e"'),
        )
        loaded = await batcher.load(
            entry,
            render(entry, {"id": ids(1)[0]}),
            identity=Identity(TOKENS),
            flight=Flight(60.0),
            priority=INTERACTIVE,
            known=known,
        )
        assert loaded == Loaded(known, 1)

    run(main())


def test_closing_turns_away_who_waits_and_ends_what_is_under_way() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things, delay_s=1000)
        batcher = new_batcher(new_upstream(transport, calls=1))
        tasks = [asyncio.create_task(load(batcher, one)) for one in ids(70)]
        await asyncio.sleep(1)
        await asyncio.wait_for(batcher.close(), 1)
        outcomes = await all_of(tasks)
        assert all(isinstance(outcome, ShuttingDownError) for outcome in outcomes)
        with pytest.raises(ShuttingDownError):
            await load(batcher, ids(1)[0])
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())
