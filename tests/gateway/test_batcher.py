"""Reads that wait for the budget share calls: who boards, what each gets, what it costs, and who must wait."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import orjson
import pytest

from cache import Answer, Flight
from gateway.batcher import Batcher
from gateway.catalogue import CATALOGUE
from gateway.client import SpotifyClient
from gateway.endpoint import Profile
from gateway.errors import (
    ForbiddenError,
    NotFoundError,
    ShuttingDownError,
    ThrottledError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)
from gateway.form import Form, forms_of
from gateway.loader import Identity, Loaded, unasked
from gateway.params import render
from gateway.principal import LOCAL
from gateway.steps import Reply
from gateway.transport import Response
from limiter import Priority
from pipeline import (
    CountingTokens,
    Notes,
    ScriptedTransport,
    answer,
    ids_of,
    new_batcher,
    new_client,
    new_upstream,
    refused,
    things,
)
from virtual_time import run

CONTROL, INTERACTIVE, BACKGROUND, CRAWL = Priority
TOKENS = CountingTokens()
W = 30.05


def ids(count: int, start: int = 0) -> list[str]:
    return [f"{number:022}" for number in range(start, start + count)]


async def several(client: SpotifyClient, wanted: Sequence[str], **extra: Any) -> Reply:
    return await client.call("get-several-tracks", [("ids", list(wanted))], principal=LOCAL, **extra)


async def track(client: SpotifyClient, one: str, **extra: Any) -> Reply:
    return await client.call("get-track", [("id", one)], principal=LOCAL, **extra)


async def load(
    batcher: Batcher,
    one: str,
    *,
    flight: Flight[Any] | None = None,
    priority: Priority = INTERACTIVE,
    deadline: float = 1e6,
    endpoint: str = "get-track",
    wasted: Callable[[int], None] = unasked,
    **arguments: str,
) -> Loaded:
    entry = CATALOGUE[endpoint]
    return await batcher.load(
        entry,
        render(entry, {"id": one, **arguments}),
        identity=Identity(TOKENS),
        flight=flight or Flight(deadline),
        priority=priority,
        wasted=wasted,
    )


async def all_of(calls: Sequence[Awaitable[Any]]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


def shared(transport: ScriptedTransport) -> list[int]:
    """How many ids each call carried."""
    return [len(ids_of(url)) for _, url in transport.sent]


def test_fifty_unknown_ids_cost_one_call_known_ones_nothing_and_a_new_one_is_read_alone() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = new_client(transport)
        first = await several(client, ids(50))
        assert [one["id"] for one in orjson.loads(first.body)["tracks"]] == ids(50)
        assert (first.upstream_calls, first.cache) == (1, "miss")
        again = await several(client, ids(50))
        assert (again.upstream_calls, again.cache, again.body) == (0, "hit", first.body)
        mixed = await several(client, ids(50, start=1))
        assert (mixed.upstream_calls, len(transport.sent)) == (1, 2)
        assert transport.sent[-1][1].endswith(f"/tracks/{ids(1, start=50)[0]}")
        assert (await track(client, ids(1)[0])).cache == "hit"

    run(main())


def test_single_reads_of_many_callers_share_the_call_that_is_granted_next() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = new_client(transport, calls=1)
        await track(client, "9" * 22)
        replies = await all_of([track(client, one) for one in ids(50)])
        assert shared(transport) == [1, 50]
        assert [orjson.loads(reply.body)["id"] for reply in replies] == ids(50)
        # Nobody pays for what somebody else has sent.
        assert sorted(reply.upstream_calls for reply in replies) == [0] * 49 + [1]

    run(main())


def test_an_unknown_id_of_a_batch_is_answered_as_spotify_would_and_remembered() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = new_client(transport)
        known, unknown = ids(1)[0], "0" * 21 + "x"
        reply = await several(client, [known, unknown])
        assert orjson.loads(reply.body) == {"tracks": [{"id": known}, None]}
        with pytest.raises(NotFoundError, match="Resource not found"):
            await track(client, unknown)
        assert len(transport.sent) == 1

    run(main())


def test_an_id_that_a_shorter_answer_leaves_out_is_unknown() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"tracks": [{"id": ids(3)[2]}, {"id": ids(3)[0]}]}))
        reply = await several(new_client(transport), ids(3))
        found = orjson.loads(reply.body)["tracks"]
        assert found == [{"id": ids(3)[0]}, None, {"id": ids(3)[2]}]

    run(main())


def test_a_track_that_spotify_replaces_by_another_belongs_to_the_id_that_was_asked_for() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"tracks": [{"id": "other"}, {"id": ids(2)[1]}]}))
        client = new_client(transport)
        await several(client, ids(2))
        assert orjson.loads((await track(client, ids(2)[0])).body) == {"id": "other"}

    run(main())


@pytest.mark.parametrize("document", [{}, {"tracks": None}, [], {"tracks": [3]}])
def test_an_answer_that_is_no_batch_is_an_error_for_all_of_it(document: object) -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(lambda *_: answer(document)))
        for outcome in await all_of([track(client, one) for one in ids(2)]):
            assert isinstance(outcome, UpstreamUnavailableError)

    run(main())


@pytest.mark.parametrize("status", [400, 404])
def test_one_odd_id_does_not_spoil_the_others(status: int) -> None:
    async def main() -> None:
        odd = ids(3)[1]

        def script(method: str, url: str) -> Response:
            return refused(status, "Invalid base62 id") if odd in url else things(method, url)

        transport = ScriptedTransport(script)
        client = new_client(transport)
        outcomes = await all_of([track(client, one) for one in ids(3)])
        assert [isinstance(outcome, Reply) for outcome in outcomes] == [True, False, True]
        assert outcomes[0].upstream_calls == 2
        assert shared(transport) == [3, 1, 1, 1]

    run(main())


def test_a_batch_that_fails_in_passing_is_repeated_as_one_and_one_caller_pays_for_both() -> None:
    async def main() -> None:
        outcomes: Iterator[Response] = iter([refused(503, "no"), refused(401, "The access token expired")])
        transport = ScriptedTransport(lambda *call: next(outcomes, None) or things(*call))
        client = new_client(transport)
        replies = await all_of([track(client, one) for one in ids(10)])
        assert shared(transport) == [10, 10, 10]
        assert sorted(reply.upstream_calls for reply in replies) == [0] * 9 + [3]

    run(main())


def test_an_error_of_the_batch_is_the_error_of_all_its_members() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: refused(403, "The app is suspended"))
        for outcome in await all_of([load(new_batcher(new_upstream(transport)), one) for one in ids(2)]):
            assert isinstance(outcome, ForbiddenError)
        batcher = new_batcher(new_upstream(transport))
        outcomes = await all_of([load(batcher, one) for one in ids(5)])
        assert [outcome.message for outcome in outcomes] == ["The app is suspended"] * 5
        assert len(transport.sent) == 3

    run(main())


def test_one_caller_pays_for_a_batch_that_came_to_nothing() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: refused(503, "down"))
        batcher, paid = new_batcher(new_upstream(transport)), list[int]()
        outcomes = await all_of([load(batcher, one, wasted=paid.append) for one in ids(5)])
        assert [type(outcome) for outcome in outcomes] == [UpstreamUnavailableError] * 5
        assert sorted(paid) == [0, 0, 0, 0, len(transport.sent)]

    run(main())


def test_an_app_without_batches_is_found_out_once_and_nobody_goes_without_an_answer() -> None:
    async def main() -> None:
        def script(method: str, url: str) -> Response:
            return refused(403, "Forbidden") if "ids=" in url else things(method, url)

        transport, notes = ScriptedTransport(script), Notes()
        batcher = new_batcher(new_upstream(transport), profile=Profile.AUTO, notes=notes)
        loaded = await all_of([load(batcher, one) for one in ids(60)])
        assert [orjson.loads(one.answer.body)["id"] for one in loaded] == ids(60)
        assert notes.lacks("get-several-tracks")
        # Sixty are two batches, which both left before the first answer.
        assert shared(transport) == [50, 10] + [1] * 60
        assert sum(one.calls for one in loaded) == len(transport.sent)
        await all_of([load(batcher, one) for one in ids(5)])
        assert shared(transport)[62:] == [1] * 5
        # Another kind may still be had.
        assert batcher.sharing(CATALOGUE["get-an-album"]).most == 20

    run(main())


def test_what_differs_between_a_batch_and_a_single_read_never_shares() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        batcher = new_batcher(new_upstream(transport))
        await all_of([load(batcher, one, endpoint="get-a-show", market="US") for one in ids(3)])
        assert shared(transport) == [1, 1, 1]

    run(main())


def test_only_reads_of_one_kind_market_and_name_share() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        batcher, one = new_batcher(new_upstream(transport)), ids(1)[0]
        mine, entry = Identity(TOKENS, "me"), CATALOGUE["get-track"]
        request = render(entry, {"id": one})
        await all_of(
            [
                load(batcher, one),
                load(batcher, one, market="US"),
                load(batcher, one, market="DE"),
                load(batcher, one, endpoint="get-an-album"),
                batcher.load(entry, request, identity=mine, flight=Flight(60.0), priority=INTERACTIVE),
            ]
        )
        assert shared(transport) == [1] * 5

    run(main())


def test_each_kind_has_its_own_largest_call() -> None:
    async def main() -> None:
        for endpoint, most in {
            "get-track": 50,
            "get-an-artist": 50,
            "get-an-album": 20,
            "get-an-episode": 50,
        }.items():
            transport = ScriptedTransport(things)
            batcher = new_batcher(new_upstream(transport))
            await all_of([load(batcher, one, endpoint=endpoint) for one in ids(120)])
            assert max(shared(transport)) == most
            assert sum(shared(transport)) == 120

    run(main())


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


def test_what_nobody_expected_reaches_the_callers() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: ValueError("a bug"))
        batcher = new_batcher(new_upstream(transport))
        for outcome in await all_of([load(batcher, one) for one in ids(2)]):
            assert isinstance(outcome, ValueError)

    run(main())


@pytest.mark.parametrize(("name", "form"), forms_of(CATALOGUE).items())
def test_every_batch_read_is_the_other_form_of_its_single_read(name: str, form: Form) -> None:
    single, batch = CATALOGUE[name], form.batch
    assert (batch.family, batch.auth, batch.repeatable) == (single.family, single.auth, single.repeatable)
    assert {param.name for param in batch.params} - {"ids"} == {param.name for param in single.params} - {"id"}
    # The id is taken from the end of the path.
    assert single.path.endswith("/{id}")
    assert form.most == (20 if name == "get-an-album" else 50)
