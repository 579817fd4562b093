import asyncio
from collections.abc import Iterator

import orjson
import pytest
from yarl import URL

from gateway.client import SpotifyClient
from gateway.endpoint import Profile
from gateway.errors import (
    ForbiddenError,
    InvalidArgumentsError,
    NotFoundError,
    SpotifyError,
    ThrottledError,
    UnauthorisedError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)
from gateway.principal import LOCAL
from gateway.steps import Reply
from gateway.transport import LostError, NotSentError, Response
from pipeline import CountingTokens, ScriptedTransport, answer, new_client, refused
from virtual_time import run

A, B = "4cJPC6Y0d1ias1xK2lB9S2", "1301WleyT98MSxVHPZCA6M"
TRACK = answer({"id": A})


async def track(client: SpotifyClient, track_id: str = A, **extra: float) -> Reply:
    return await client.call("get-track", [("id", track_id)], principal=LOCAL, **extra)  # type: ignore[arg-type]


def test_the_answer_is_spotifys_own_bytes_and_the_second_one_costs_nothing() -> None:
    async def main() -> None:
        transport = ScriptedTransport(
            lambda *_: Response(200, {"content-type": "application/json"}, b'{ "id" :1}')
        )
        client = new_client(transport)
        first, second = await track(client), await track(client)
        assert first.body == second.body == b'{ "id" :1}'
        assert (first.cache, first.upstream_calls) == ("miss", 1)
        assert (second.cache, second.upstream_calls) == ("hit", 0)
        assert [url for _, url in transport.sent] == [f"https://api.test/v1/tracks/{A}"]

    run(main())


def test_bad_arguments_cost_nothing() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: TRACK)
        with pytest.raises(InvalidArgumentsError):
            await track(new_client(transport), "nope")
        assert transport.sent == []

    run(main())


def test_text_reaches_spotify_unharmed() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"tracks": {"items": [], "total": 0}}))
        client = new_client(transport)
        await client.call("search", [("q", "a&b=ü+ /?#%"), ("type", "track")], principal=LOCAL)
        assert transport.sent[0][1].endswith("/search?q=a%26b%3D%C3%BC%2B%20%2F%3F%23%25&type=track")

    run(main())


def test_an_unknown_id_is_remembered_as_unknown() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: refused(404, "Resource not found"))
        client = new_client(transport)
        for _ in range(3):
            with pytest.raises(NotFoundError, match="Resource not found"):
                await track(client)
        assert len(transport.sent) == 1

    run(main())


def test_an_expired_token_is_renewed_once_and_the_call_repeated() -> None:
    async def main() -> None:
        answers: Iterator[Response] = iter([refused(401, "The access token expired"), TRACK])
        transport = ScriptedTransport(lambda *_: next(answers))
        await track(new_client(transport))
        assert transport.tokens == ["Bearer t1", "Bearer t2"]

    run(main())


def test_a_token_that_is_refused_again_is_an_error_and_not_a_loop() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: refused(401, "Invalid access token"))
        with pytest.raises(UnauthorisedError):
            await track(new_client(transport))
        assert len(transport.sent) == 2

    run(main())


def test_a_403_neither_renews_the_token_nor_repeats_the_call() -> None:
    async def main() -> None:
        transport, tokens = ScriptedTransport(lambda *_: refused(403, "Forbidden")), CountingTokens()
        with pytest.raises(ForbiddenError):
            await track(new_client(transport, tokens=tokens))
        assert (len(transport.sent), tokens.number) == (1, 1)

    run(main())


@pytest.mark.parametrize(
    "failure",
    [
        refused(503, "no"),
        Response(200, {"content-type": "text/html"}, b"<html>"),
        LostError("reset"),
        NotSentError("refused"),
    ],
)
def test_a_passing_failure_is_repeated_and_a_lasting_one_given_up(failure: Response | Exception) -> None:
    async def main() -> None:
        outcomes: Iterator[Response | Exception] = iter([failure, TRACK])
        passing = ScriptedTransport(lambda *_: next(outcomes))
        usable = not (isinstance(failure, Response) and failure.status == 200)
        if usable:
            assert (await track(new_client(passing))).body == TRACK.body
        lasting = ScriptedTransport(lambda *_: failure)
        with pytest.raises(UpstreamUnavailableError):
            await track(new_client(lasting))
        assert len(lasting.sent) == (3 if usable else 1)

    run(main())


def test_a_429_pauses_everybody_and_the_call_is_answered_after_the_pause() -> None:
    async def main() -> None:
        answers: Iterator[Response] = iter([refused(429, "API rate limit exceeded", retry_after="7"), TRACK])
        transport = ScriptedTransport(lambda *_: next(answers))
        client = new_client(transport)
        assert (await track(client)).body == TRACK.body
        first, second = (at for at, _ in transport.sent)
        assert second - first >= 7

    run(main())


def test_a_ban_of_a_day_is_told_at_once_and_nothing_else_leaves() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        def script(_: str, url: str) -> Response:
            return TRACK if A in url else refused(429, "Too many requests", retry_after="80000")

        transport = ScriptedTransport(script)
        client = new_client(transport)
        await track(client)
        started = loop.time()
        for _ in range(5):
            with pytest.raises(ThrottledError) as caught:
                await track(client, B)
            assert 79_000 < (caught.value.retry_after_s or 0) <= 80_002
        assert loop.time() - started < 1
        assert len(transport.sent) == 2
        assert (await track(client)).cache == "hit"

    run(main())


def test_a_spent_day_quota_is_never_tried_again_but_other_families_go_on() -> None:
    async def main() -> None:
        def script(_: str, url: str) -> Response:
            return refused(429, "no", reason="QUOTA_EXCEEDED", retry_after="1") if "search" in url else TRACK

        transport = ScriptedTransport(script)
        client = new_client(transport)
        with pytest.raises(ThrottledError) as caught:
            await client.call("search", [("q", "x"), ("type", "track")], principal=LOCAL)
        assert caught.value.reason == "QUOTA_EXCEEDED"
        assert len(transport.sent) == 1
        assert (await track(client)).body == TRACK.body

    run(main())


def test_a_call_that_cannot_be_sent_in_time_is_refused_on_arrival_with_the_wait() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: TRACK)
        client = new_client(transport, calls=1)
        await track(client)
        started = asyncio.get_running_loop().time()
        with pytest.raises(ThrottledError) as caught:
            await track(client, B, deadline_s=5)
        assert asyncio.get_running_loop().time() == started
        assert caught.value.reason == "BUDGET_SPENT"
        await asyncio.sleep(caught.value.retry_after_s or 0)
        assert (await track(client, B, deadline_s=5)).body == TRACK.body

    run(main())


def test_a_patient_caller_is_not_refused_because_an_impatient_one_asked_first() -> None:
    async def main() -> None:
        answers: Iterator[Response] = iter([refused(429, "no", retry_after="60"), TRACK])
        transport = ScriptedTransport(lambda *_: next(answers), delay_s=10)
        client = new_client(transport, calls=1)
        throttled = asyncio.create_task(track(client, deadline_s=50))
        await asyncio.sleep(1)
        impatient = asyncio.create_task(track(client, B, deadline_s=50))
        await asyncio.sleep(1)
        patient = asyncio.create_task(track(client, B, deadline_s=200))
        with pytest.raises(ThrottledError):
            await throttled
        with pytest.raises(UpstreamTimeoutError):
            await impatient
        assert (await patient).body == TRACK.body
        assert len(transport.sent) == 2

    run(main())


def test_a_slow_answer_is_given_up_at_the_callers_deadline_and_kept_for_the_next() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: TRACK, delay_s=10)
        client = new_client(transport)
        with pytest.raises(UpstreamTimeoutError):
            await track(client, deadline_s=2)
        assert asyncio.get_running_loop().time() == pytest.approx(2)
        await asyncio.sleep(10)
        assert (await track(client)).cache == "hit"

    run(main())


def test_callers_that_leave_the_line_spend_nothing() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: TRACK)
        client = new_client(transport, calls=1)
        await track(client)
        waiting = asyncio.create_task(track(client, B))
        await asyncio.sleep(1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(100)
        assert len(transport.sent) == 1

    run(main())


def test_no_window_ever_holds_more_calls_than_the_budget() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: TRACK)
        client = new_client(transport, profile=Profile.DEVELOPMENT, calls=10, deadline_s=1000)
        ids = [f"{number:022}" for number in range(35)]
        await asyncio.gather(*(track(client, one) for one in ids))
        times = sorted(at for at, _ in transport.sent)
        assert all(later - earlier >= 30 for earlier, later in zip(times, times[10:], strict=False))

    run(main())


def test_a_batch_in_a_development_profile_costs_only_what_is_not_known_yet() -> None:
    async def main() -> None:
        def script(_: str, url: str) -> Response:
            return answer({"id": A}) if A in url else refused(404, "Resource not found")

        transport = ScriptedTransport(script)
        client = new_client(transport, profile=Profile.DEVELOPMENT)
        await track(client)
        reply = await client.call("get-several-tracks", [("ids", f"{A},{B}")], principal=LOCAL)
        assert orjson.loads(reply.body) == {"tracks": [{"id": A}, None]}
        assert len(transport.sent) == 2

    run(main())


def test_a_page_of_fifty_costs_five_calls_and_only_once() -> None:
    async def main() -> None:
        def script(_: str, url: str) -> Response:
            offset = int(URL(url).query.get("offset", "0"))
            items = [{"id": number} for number in range(offset, offset + 10)]
            return answer({"tracks": {"href": url, "items": items, "total": 300, "limit": 10, "offset": offset}})

        transport = ScriptedTransport(script)
        client = new_client(transport, profile=Profile.DEVELOPMENT)
        query = [("q", "x"), ("type", "track"), ("limit", "50")]
        reply = await client.call("search", query, principal=LOCAL)
        assert [item["id"] for item in orjson.loads(reply.body)["tracks"]["items"]] == list(range(50))
        assert reply.upstream_calls == 5
        again = await client.call("search", query, principal=LOCAL)
        assert (again.body, again.upstream_calls, again.cache) == (reply.body, 0, "hit")

    run(main())


def test_a_failed_page_ends_the_others_and_is_the_error() -> None:
    async def main() -> None:
        def script(_: str, url: str) -> Response:
            if "offset=20" in url:
                return refused(400, "Invalid offset")
            return answer({"tracks": {"href": url, "items": [], "total": 300}})

        transport = ScriptedTransport(script)
        client = new_client(transport, profile=Profile.DEVELOPMENT)
        with pytest.raises(SpotifyError, match="Invalid offset"):
            await client.call("search", [("q", "x"), ("type", "track"), ("limit", 50)], principal=LOCAL)

    run(main())
