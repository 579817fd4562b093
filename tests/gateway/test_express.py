"""What the express lane answers, what it leaves alone, and that nobody can tell the difference."""

import asyncio
import re
from typing import Any

import pytest

from gateway.endpoint import Profile
from lanes import LISTED, TRACK, Lanes, ask, lanes, talk
from limiter.inbound import InboundConfig
from pipeline import answer, refused
from raw_http import Line, RawAnswer, line, request

PATH = f"/v1/tracks/{TRACK}"
MOVING = ("Date", "X-Request-Id", "Age", "RateLimit")


async def warm(pair: Lanes, target: str = PATH) -> None:
    """Read twice, so that the lane has seen an answer from the cache."""
    await ask(pair.express, request(target), request(target))
    pair.passed.clear()
    pair.served.events.clear()
    pair.served.ids.clear()


async def test_the_third_read_takes_the_lane_and_looks_like_the_second() -> None:
    async with lanes() as pair:
        first, second, third = await ask(pair.express, *[request(PATH)] * 3)
        assert pair.passed == [PATH, PATH]
        assert [one["X-Cache"] for one in (first, second, third)] == ["MISS", "HIT", "HIT"]
        assert third.without(*MOVING) == second.without(*MOVING)
        assert third.body == second.body == b'{"id":"4cJPC6Y0d1ias1xK2lB9S2"}'
        assert third["RateLimit"] == second["RateLimit"]
        (plain,) = await ask(pair.ordinary, request(PATH))
        assert third.without(*MOVING) == plain.without(*MOVING)


async def test_it_is_reported_like_any_request() -> None:
    async with lanes() as pair:
        await warm(pair)
        given, made = await ask(pair.express, request(PATH, ("X-Request-Id", "job-7.3")), request(PATH))
        assert pair.passed == []
        assert pair.served.events == [("/v1/tracks/{id}", "GET", 200)] * 2
        assert pair.served.ids == [given["X-Request-Id"], made["X-Request-Id"]]
        assert given["X-Request-Id"] == "job-7.3"
        assert re.fullmatch("[0-9a-f]{32}", made["X-Request-Id"])


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request(PATH, method="HEAD"), 200),
        (request(PATH, method="POST"), 405),
        (request(PATH, ("X-Priority", "crawl")), 200),
        (request(PATH, ("x-priority", "soon")), 400),
        (request(PATH, ("X-Deadline-Ms", "1")), 200),
        (request(PATH, ("X-Dry-Run", "1")), 200),
        (request(PATH, ("Expect", "100-continue")), 200),
        (request(PATH, ("Connection", "Upgrade"), ("Upgrade", "websocket")), 200),
        (request(PATH, ("Content-Length", "2")) + b"{}", 400),
        (request(PATH, ("Transfer-Encoding", "chunked")) + b"2\r\n{}\r\n0\r\n\r\n", 400),
        (request(PATH, host="evil.example"), 421),
        (request(PATH, host="", version="1.0"), 421),
        (request(PATH, ("Origin", "https://evil.example")), 403),
        (request(PATH, ("Origin", "null")), 403),
        (request(PATH, ("Origin", LISTED)), 200),
        (request(f"{PATH}?"), 200),
        (request(f"{PATH}?colour=red"), 400),
        (request(f"{PATH}/"), 200),
    ],
)
async def test_what_is_not_plain_goes_the_ordinary_way(data: bytes, status: int) -> None:
    async with lanes() as pair:
        await warm(pair)

        def one(connection: Line) -> RawAnswer:
            return connection.ask(data, bodiless=data.startswith(b"HEAD"))

        there, here = await talk(pair.ordinary, one), await talk(pair.express, one)
        assert len(pair.passed) == 1
        assert there.status == here.status == status
        assert there.without(*MOVING) == here.without(*MOVING)


async def test_an_expectation_that_nobody_can_meet_is_refused() -> None:
    async with lanes() as pair:
        await warm(pair)
        (refusal,) = await ask(pair.express, request(PATH, ("Expect", "miracles")))
        assert refusal.status == 417


@pytest.mark.parametrize(
    "data",
    [
        request(PATH, host="LOCALHOST:8080"),
        request(PATH, ("Origin", "http://localhost:3000")),
        request(PATH, ("Content-Length", "0")),
        request(PATH, ("If-None-Match", "*"), ("Range", "bytes=0-1"), ("Accept-Encoding", "gzip")),
        request(PATH, ("X-Request-Id", "a b")),
        request(PATH, version="1.0"),
        request(PATH, ("Connection", "close")),
    ],
)
async def test_what_changes_nothing_takes_the_lane(data: bytes) -> None:
    async with lanes() as pair:
        await warm(pair)
        (there,), (here,) = await ask(pair.ordinary, data), await ask(pair.express, data)
        assert pair.passed == []
        assert there.without(*MOVING) == here.without(*MOVING)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/v1/search?q=a&type=track&limit=5", "/v1/search?type=track&limit=5&q=a"),
        ("/v1/search?q=a%20b&type=track", "/v1/search?q=a+b&type=track"),
        ("/v1/search?q=%61&type=track", "/v1/search?q=a&type=track"),
        (PATH, f"/api/v1/tracks/{TRACK}"),
        (PATH, f"{PATH}?market="),
    ],
)
async def test_targets_that_are_spelled_differently_are_learnt_each_for_itself(first: str, second: str) -> None:
    async with lanes() as pair:
        await warm(pair, first)
        await ask(pair.express, request(second))
        assert pair.passed == [second]
        assert len(pair.transport.sent) <= 2


@pytest.mark.parametrize("odd", [("X-Priority", "crawl"), ("Origin", LISTED), ("Upgrade", "h2c")])
async def test_only_plain_reads_teach(odd: tuple[str, str]) -> None:
    async with lanes() as pair:
        await ask(pair.express, *[request(PATH, odd)] * 3, request(PATH))
        assert pair.passed == [PATH] * 4


async def test_errors_are_never_learnt() -> None:
    async with lanes(lambda *_: refused(404, "No such track")) as pair:
        answers = await ask(pair.express, *[request(PATH)] * 4)
        assert {one.status for one in answers} == {404}
        assert pair.passed == [PATH] * 4


async def test_a_batch_is_never_learnt() -> None:
    path = f"/v1/tracks?ids={TRACK}"
    async with lanes(profile=Profile.DEVELOPMENT) as pair:
        answers = await ask(pair.express, *[request(path)] * 4)
        assert [one["X-Cache"] for one in answers] == ["MISS", "HIT", "HIT", "HIT"]
        assert pair.passed == [path] * 4


async def test_a_write_is_seen_at_once() -> None:
    saved = "/v1/me/tracks"
    count = 0

    def script(method: str, _: str) -> Any:
        nonlocal count
        count += method != "GET"
        return answer({"total": count, "items": []})

    async with lanes(script, profile=Profile.EXTENDED) as pair:
        await warm(pair, saved)
        before, _, after, again = await ask(
            pair.express,
            request(saved),
            request(f"{saved}?ids={TRACK}", ("Content-Length", "0"), method="PUT"),
            request(saved),
            request(saved),
        )
        assert (before["X-Cache"], before.body) == ("HIT", b'{"total":0,"items":[]}')
        assert (after["X-Cache"], after.body) == ("MISS", b'{"total":1,"items":[]}')
        assert (again["X-Cache"], again.body) == ("HIT", after.body)
        assert pair.passed == [f"{saved}?ids={TRACK}", saved]


async def test_a_write_under_way_does_not_hide_what_is_still_true() -> None:
    saved, entered, leave = "/v1/me/tracks", asyncio.Event(), asyncio.Event()

    async def slow() -> Any:
        entered.set()
        await leave.wait()
        return answer({})

    async with lanes(lambda method, _: slow() if method == "PUT" else answer({"items": []})) as pair:
        await warm(pair, saved)
        write = request(f"{saved}?ids={TRACK}", ("Content-Length", "0"), method="PUT")
        writing = asyncio.create_task(ask(pair.express, write))
        await asyncio.wait_for(entered.wait(), 5)
        (during,) = await ask(pair.express, request(saved))
        leave.set()
        await writing
        (after,) = await ask(pair.express, request(saved))
        assert (during["X-Cache"], after["X-Cache"]) == ("HIT", "MISS")


async def test_a_caller_who_is_too_fast_is_held_back_here_too() -> None:
    config = InboundConfig(per_s=1, burst=4, wait_s=0)
    async with lanes(inbound=config) as pair:
        answers = await ask(pair.express, *[request(PATH)] * 5)
        assert [one.status for one in answers] == [200] * 4 + [429]
        assert answers[-1].body.count(b"TOO_MANY_REQUESTS") == 1
        # The third and the fourth took the lane; who has to wait or to be refused goes the ordinary way.
        assert pair.passed == [PATH] * 3


async def test_a_request_that_the_lane_lets_in_and_cannot_answer_is_counted_once() -> None:
    config = InboundConfig(per_s=0.001, burst=10, wait_s=0)
    saved = request("/v1/me/tracks")
    write = request(f"/v1/me/tracks?ids={TRACK}", ("Content-Length", "0"), method="PUT")
    async with lanes(lambda *_: answer({"items": []}), inbound=config) as pair:
        await ask(pair.express, saved, saved, saved, write, saved)
        assert len(pair.passed) == 4
        assert [pair.inbound.admit_at_once("local") for _ in range(6)] == [True] * 5 + [False]


async def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.express._TARGETS", 2)
    targets = [f"{PATH}?market={market}" for market in ("US", "SE", "DE")]
    async with lanes() as pair:
        for target in targets:
            await warm(pair, target)
        await ask(pair.express, *map(request, reversed(targets)))
        assert pair.passed == targets[:1]


async def test_a_target_of_any_length_is_answered_and_only_short_ones_are_kept() -> None:
    path = f"/v1/search?type=track&q={'x' * 990}"
    async with lanes() as pair:
        for target, passed in ((path, 2), (path + "x" * 11, 4)):
            pair.passed.clear()
            await ask(pair.express, *[request(target)] * 4)
            assert len(pair.passed) == passed


async def test_pipelined_requests_are_answered_in_their_order() -> None:
    other = f"{PATH}?market=US"
    async with lanes() as pair:
        await warm(pair)

        def conversation(connection: Line) -> list[RawAnswer]:
            connection.send(request(PATH), request(other), request(PATH), request("/nowhere"), request(PATH))
            return [connection.read() for _ in range(5)]

        answers = await talk(pair.express, conversation)
        assert [one.status for one in answers] == [200, 200, 200, 404, 200]
        assert [one.status == 200 and one["X-Cache"] for one in answers] == ["HIT", "MISS", "HIT", False, "HIT"]
        assert pair.passed == [other, "/nowhere"]


@pytest.mark.parametrize(
    ("data", "ends"),
    [
        (request(PATH), False),
        (request(PATH, ("Connection", "close")), True),
        (request(PATH, version="1.0"), True),
        (request(PATH, ("Connection", "keep-alive"), version="1.0"), False),
    ],
)
async def test_connections_end_when_their_client_said_so(data: bytes, *, ends: bool) -> None:
    async with lanes() as pair:
        await warm(pair)

        def conversation(connection: Line) -> None:
            connection.ask(data)
            if ends:
                assert connection.at_end()
            else:
                assert connection.ask(data).status == 200

        await talk(pair.express, conversation)
        assert pair.passed == []


async def test_a_client_that_leaves_cancels_what_it_waited_for() -> None:
    entered = asyncio.Event()

    async def forever() -> Any:
        entered.set()
        await asyncio.Event().wait()

    async with lanes(lambda _, url: forever() if "market" in url else answer({})) as pair:
        await warm(pair)
        with line(pair.express) as connection:
            connection.send(request(PATH), request(f"{PATH}?market=US"))
            await asyncio.wait_for(entered.wait(), 5)
        await asyncio.wait_for(pair.served.left.wait(), 5)
        assert pair.served.events == [("/v1/tracks/{id}", "GET", 200), ("/v1/tracks/{id}", "GET", 499)]


async def test_a_client_that_leaves_while_it_is_answered_does_no_harm() -> None:
    async with lanes(lambda *_: answer({"id": "x" * 4_000_000})) as pair:
        await warm(pair)
        with line(pair.express) as connection:
            connection.send(*[request(PATH)] * 5)
            await asyncio.to_thread(connection.read)
        (still,) = await ask(pair.express, request(PATH))
        assert still.status == 200


async def test_a_large_answer_comes_whole_to_a_slow_reader() -> None:
    async with lanes(lambda *_: answer({"id": "x" * 4_000_000})) as pair:
        await warm(pair)

        def conversation(connection: Line) -> list[RawAnswer]:
            connection.send(*[request(PATH)] * 3)
            return [connection.read() for _ in range(3)]

        answers = await talk(pair.express, conversation)
        assert [len(one.body) for one in answers] == [4_000_009] * 3
        assert pair.passed == []


async def test_a_stopping_server_finishes_what_it_has_begun() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow() -> Any:
        entered.set()
        await leave.wait()
        return answer({})

    stopping = lanes(lambda _, url: slow() if "market" in url else answer({}))
    pair = await stopping.__aenter__()
    await warm(pair)
    with line(pair.express) as idle, line(pair.express) as busy:
        assert (await asyncio.to_thread(idle.ask, request(PATH))).status == 200
        busy.send(request(PATH), request(f"{PATH}?market=US"))
        await asyncio.wait_for(entered.wait(), 5)
        asyncio.get_running_loop().call_later(0.05, leave.set)
        await stopping.__aexit__(None, None, None)
        assert [(await asyncio.to_thread(busy.read)).status for _ in range(2)] == [200, 200]
        assert await asyncio.to_thread(idle.at_end)
