"""Many reads that share no call, and too little time for all: so many are let in, the others told one wait."""

import asyncio
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.client import SpotifyClient
from gateway.endpoint import Profile
from gateway.errors import SpotifyError, ThrottledError
from gateway.params import UpstreamRequest
from gateway.principal import LOCAL
from gateway.steps import Reply
from gateway.transport import Response
from gateway.triage import ALL, Verdict, judge
from limiter import Priority
from pipeline import CountingTokens, ScriptedTransport, answer, new_client, refused, things
from virtual_time import run

ANSWER_S = 0.1
W = 30.05
DAY_S = 24 * 3600.0


def ids(count: int, start: int = 0) -> list[str]:
    return [f"{number:022}" for number in range(start, start + count)]


def client_of(transport: ScriptedTransport, calls: int) -> SpotifyClient:
    return new_client(transport, profile=Profile.DEVELOPMENT, calls=calls)


async def several(client: SpotifyClient, wanted: list[str], **extra: Any) -> Reply:
    return await client.call("get-several-tracks", [("ids", wanted)], principal=LOCAL, **extra)


async def track(client: SpotifyClient, one: str, **extra: Any) -> Reply:
    return await client.call("get-track", [("id", one)], principal=LOCAL, **extra)


def test_what_does_not_fit_is_told_at_once_with_one_wait_after_which_all_of_it_comes() -> None:
    async def main() -> None:
        transport, loop = ScriptedTransport(things), asyncio.get_running_loop()
        client = client_of(transport, calls=10)
        reply = await several(client, ids(25), deadline_s=40)
        # Ten now, ten after a window; nothing is sent for the other five.
        assert len(transport.sent) == 20
        assert reply.missing == tuple(ids(25)[20:])
        assert orjson.loads(reply.body)["tracks"][20:] == [None] * 5
        assert W < loop.time() < W + 1
        await asyncio.sleep(reply.retry_after_s or 0)
        started = loop.time()
        rest = await several(client, ids(25), deadline_s=1)
        assert rest.missing == ()
        assert rest.upstream_calls == 5
        assert loop.time() - started == pytest.approx(ANSWER_S)

    run(main())


def test_what_is_known_never_counts_and_what_somebody_else_is_fetching_is_waited_for() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = client_of(transport, calls=3)
        await track(client, ids(1)[0])
        await track(client, ids(2)[1])
        fetching = asyncio.create_task(track(client, ids(3)[2]))
        await asyncio.sleep(ANSWER_S / 2)
        reply = await several(client, ids(4), deadline_s=5)
        assert reply.missing == (ids(4)[3],)
        await fetching
        assert len(transport.sent) == 3

    run(main())


def test_if_none_fits_and_nothing_is_known_the_whole_call_is_refused_with_the_wait_for_all() -> None:
    async def main() -> None:
        transport, loop = ScriptedTransport(things), asyncio.get_running_loop()
        client = client_of(transport, calls=5)
        await several(client, ids(5))
        started = loop.time()
        with pytest.raises(ThrottledError) as caught:
            await several(client, ids(5, start=10), deadline_s=5)
        assert loop.time() == started
        assert (caught.value.reason, len(transport.sent)) == ("BUDGET_SPENT", 5)
        await asyncio.sleep(caught.value.retry_after_s or 0)
        assert (await several(client, ids(5, start=10), deadline_s=1)).missing == ()

    run(main())


def test_what_a_day_has_no_room_for_is_told_the_next_day_and_not_the_one_on_which_all_of_it_fits() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = new_client(transport, profile=Profile.DEVELOPMENT, calls=30, day_calls=6)
        first = await several(client, ids(14), priority=Priority.BACKGROUND)
        assert len(first.missing) == 8
        assert DAY_S - 60 < (first.retry_after_s or 0) < DAY_S + 600
        with pytest.raises(ThrottledError) as caught:
            await several(client, list(first.missing), priority=Priority.BACKGROUND)
        assert (caught.value.reason, len(transport.sent)) == ("DAY_BUDGET_SPENT", 6)
        assert (caught.value.retry_after_s or 0) < DAY_S + 600
        await asyncio.sleep(caught.value.retry_after_s or 0)
        assert len((await several(client, list(first.missing), priority=Priority.BACKGROUND)).missing) == 2

    run(main())


@pytest.mark.parametrize(("reason", "said"), [("", "RATE_LIMITED"), ("QUOTA_EXCEEDED", "QUOTA_EXCEEDED")])
def test_a_pause_is_told_as_what_it_is(reason: str, said: str) -> None:
    async def main() -> None:
        def script(method: str, url: str) -> Response:
            return refused(429, "no", reason=reason, retry_after="500") if "9" * 22 in url else things(method, url)

        client = client_of(ScriptedTransport(script), calls=5)
        with pytest.raises(ThrottledError):
            await track(client, "9" * 22)
        with pytest.raises(ThrottledError) as caught:
            await several(client, ids(5))
        assert caught.value.reason == said
        assert (caught.value.retry_after_s or 0) > 499

    run(main())


def test_one_with_more_time_is_not_refused_because_a_group_without_it_asked_first() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = client_of(transport, calls=2)
        hasty = asyncio.create_task(several(client, ids(5), deadline_s=5))
        patient = asyncio.create_task(several(client, ids(5), deadline_s=100))
        assert len((await hasty).missing) == 3
        assert (await patient).missing == ()
        assert len(transport.sent) == 5

    run(main())


@settings(max_examples=60, deadline=None)
@given(
    calls=st.sampled_from([1, 3, 10, 50]),
    used=st.lists(st.tuples(st.sampled_from([0.0, 0.3, 5.0, 20.0]), st.integers(1, 12)), max_size=5),
    wanted=st.integers(1, 50),
    deadline_s=st.sampled_from([0.5, 3.0, 20.0, 31.0, 60.0, 200.0]),
)
def test_what_is_let_in_is_answered_in_time_and_the_rest_comes_after_the_wait(
    calls: int, used: list[tuple[float, int]], wanted: int, deadline_s: float
) -> None:
    async def main() -> None:
        transport, loop = ScriptedTransport(things, delay_s=ANSWER_S), asyncio.get_running_loop()
        client = client_of(transport, calls=calls)
        for gap_s, count in used:
            await several(client, ids(min(count, calls), start=100 * (1 + len(transport.sent))), deadline_s=1000)
            await asyncio.sleep(gap_s)
        left = ids(wanted)
        while left:
            started = loop.time()
            try:
                reply = await several(client, ids(wanted), deadline_s=deadline_s)
            except ThrottledError as error:
                missing, wait_s = left, error.retry_after_s
            else:
                missing, wait_s = list(reply.missing), reply.retry_after_s
            assert loop.time() - started <= deadline_s
            # As much as a window holds comes with the next visit, or all of it.
            assert left == ids(wanted) or len(missing) <= max(0, len(left) - calls)
            left = missing
            await asyncio.sleep(wait_s or 0)

    run(main())


@given(
    waits=st.lists(st.floats(0, 100), min_size=1, max_size=60),
    patience_s=st.floats(0, 100),
    answer_s=st.floats(0, 5),
    limit=st.integers(1, 60),
)
def test_as_many_as_fit_are_let_in(waits: list[float], patience_s: float, answer_s: float, limit: int) -> None:
    waits.sort()
    wanted = [_request(one) for one in ids(len(waits))]
    verdict = judge(wanted, lambda count: waits[count - 1], patience_s=patience_s, answer_s=answer_s, limit=limit)
    fit = sum(wait <= max(0.0, patience_s - answer_s) for wait in waits)
    if waits[0] <= patience_s:
        assert list(verdict.refused) == wanted[fit:]
    if fit < len(waits):
        assert verdict.retry_after_s == waits[min(len(waits), fit + limit) - 1]


SearchCall = tuple[str, list[tuple[str, object]]]


def searches(count: int, *, limit: int = 10) -> list[SearchCall]:
    return [("search", [("q", f"q{n}"), ("type", ["track"]), ("limit", limit)]) for n in range(count)]


def found(_: str, url: str) -> Response:
    return answer({"tracks": {"href": url, "items": [{"id": f"{n}"} for n in range(10)], "total": 100}})


async def outcome(client: SpotifyClient, place: int, verdict: Verdict[int], **extra: Any) -> Reply | SpotifyError:
    name, arguments = searches(place + 1, **extra)[place]
    try:
        return await client.call(
            name,
            arguments,
            principal=LOCAL,
            deadline_s=29,
            priority=Priority.BACKGROUND,
            refused=verdict.refused.get(place),
        )
    except SpotifyError as error:
        return error


def test_calls_are_judged_together_and_those_that_come_too_late_are_told_when_all_of_them_come() -> None:
    async def main() -> None:
        transport, loop = ScriptedTransport(found), asyncio.get_running_loop()
        client = client_of(transport, calls=12)
        bulk = Priority.BACKGROUND
        verdict = client.triage(searches(20), principal=LOCAL, deadline_s=29, priority=bulk)
        assert list(verdict.refused) == list(range(12, 20))
        assert transport.sent == []
        outcomes = await asyncio.gather(*(outcome(client, place, verdict) for place in range(20)))
        assert [isinstance(one, Reply) for one in outcomes] == [True] * 12 + [False] * 8
        assert loop.time() < 29
        await asyncio.sleep(verdict.retry_after_s - loop.time())
        again = client.triage(searches(20), principal=LOCAL, deadline_s=29, priority=bulk)
        assert again == ALL

    run(main())


def test_a_judged_call_counts_all_its_pages_and_one_that_is_known_counts_none() -> None:
    async def main() -> None:
        transport = ScriptedTransport(found)
        client = client_of(transport, calls=8)
        await outcome(client, 0, ALL, limit=20)
        await asyncio.sleep(2 * W)
        verdict = client.triage(searches(5, limit=20), principal=LOCAL, deadline_s=1)
        # Eight free calls are four of two pages.
        assert not verdict.refused
        verdict = client.triage(searches(7, limit=20), principal=LOCAL, deadline_s=1)
        assert list(verdict.refused) == [5, 6]

    run(main())


def test_one_that_nobody_could_send_is_left_to_say_so_itself() -> None:
    async def main() -> None:
        client = client_of(ScriptedTransport(found), calls=1)
        nothing: SearchCall = ("search", [("q", "a")])
        calls = [nothing, *searches(1), nothing]
        assert client.triage(calls, principal=LOCAL, deadline_s=1) == ALL
        assert client.triage(calls[:1], principal=LOCAL, deadline_s=1) == ALL

    run(main())


def test_a_refused_call_is_answered_all_the_same_if_that_costs_nothing_and_sends_nothing_if_not() -> None:
    async def main() -> None:
        transport = ScriptedTransport(found)
        client = new_client(transport, calls=12, users={LOCAL: CountingTokens()})
        none = Verdict({0: ThrottledError("Wait.", retry_after_s=9)}, 9)
        fetching = asyncio.create_task(outcome(client, 0, ALL))
        await asyncio.sleep(ANSWER_S / 2)
        joined, kept = await outcome(client, 0, none), await outcome(client, 0, none)
        assert isinstance(joined, Reply)
        assert isinstance(kept, Reply)
        assert (joined.cache, kept.cache) == ("joined", "hit")
        await fetching
        with pytest.raises(ThrottledError):
            await client.call("pause-a-users-playback", (), principal=LOCAL, refused=none.refused[0])
        assert len(transport.sent) == 1

    run(main())


def _request(one: str) -> UpstreamRequest:
    return UpstreamRequest("GET", f"/tracks/{one}")
