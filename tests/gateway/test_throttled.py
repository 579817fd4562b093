"""Every shape that a 429 of Spotify was seen in, and what it does: who is held back, and what callers are told."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from gateway.client import SpotifyClient
from gateway.errors import ThrottledError, whole_seconds
from gateway.principal import LOCAL
from gateway.problem import problem_of, response_of
from gateway.steps import Reply
from gateway.transport import Response
from pipeline import ScriptedTransport, answer, new_client
from virtual_time import run

A, B = "4cJPC6Y0d1ias1xK2lB9S2", "1301WleyT98MSxVHPZCA6M"
NOW = "Fri, 20 Nov 2026 12:00:00 GMT"
IN_A_DAY = "Sat, 21 Nov 2026 12:00:00 GMT"
DAY_S, MONTHS_S = 86_400, 14 * 86_400
QUOTA = b'{"error":{"status":429,"message":"Too many requests","reason":"QUOTA_EXCEEDED"}}'
RATE = b'{"error":{"status":429,"message":"API rate limit exceeded"}}'
PLAIN = b"Too many requests"


async def search(client: SpotifyClient, deadline_s: float = 20.0) -> Reply:
    return await client.call("search", [("q", "x"), ("type", "track")], principal=LOCAL, deadline_s=deadline_s)


async def track(client: SpotifyClient, track_id: str = A, deadline_s: float = 20.0) -> Reply:
    return await client.call("get-track", [("id", track_id)], principal=LOCAL, deadline_s=deadline_s)


@pytest.mark.parametrize(
    ("body", "headers", "reason", "pause_s"),
    [
        (QUOTA, {"retry-after": "48925"}, "QUOTA_EXCEEDED", 48_925),
        (QUOTA, {}, "QUOTA_EXCEEDED", 3600),
        (QUOTA, {"retry-after": "0"}, "QUOTA_EXCEEDED", 1),
        (QUOTA, {"retry-after": "soon"}, "QUOTA_EXCEEDED", 3600),
        (RATE, {"retry-after": "300"}, "RATE_LIMITED", 300),
        (RATE, {}, "RATE_LIMITED", 30),
        (PLAIN, {"retry-after": "19056", "cache-control": "private, max-age=0"}, "RATE_LIMITED", 19_056),
        (PLAIN, {}, "RATE_LIMITED", 30),
        (b"", {}, "RATE_LIMITED", 30),
        (b"", {"retry-after": ""}, "RATE_LIMITED", 30),
        (b"\xff\xfe<html>", {"retry-after": "nonsense"}, "RATE_LIMITED", 30),
        (b'{"error":429}', {"retry-after": "-5"}, "RATE_LIMITED", 30),
        (b'{"error":{"reason":429}}', {"retry-after": "80000.5"}, "RATE_LIMITED", 80_000.5),
        (RATE, {"retry-after": "1e300"}, "RATE_LIMITED", 30),
        (RATE, {"retry-after": "9" * 400}, "RATE_LIMITED", MONTHS_S),
        (RATE, {"retry-after": "864000"}, "RATE_LIMITED", 864_000),
        (RATE, {"retry-after": IN_A_DAY, "date": NOW}, "RATE_LIMITED", DAY_S),
        (RATE, {"retry-after": IN_A_DAY}, "RATE_LIMITED", 30),
        (RATE, {"retry-after": NOW, "date": IN_A_DAY}, "RATE_LIMITED", 30),
    ],
)
def test_each_shape_pauses_the_right_scope_for_as_long_as_it_says(
    body: bytes, headers: dict[str, str], reason: str, pause_s: float
) -> None:
    async def main() -> None:
        def script(_: str, url: str) -> Response:
            return Response(429, headers, body) if "search" in url else answer({"id": "x"})

        transport = ScriptedTransport(script, delay_s=0.0)
        client = new_client(transport)
        with pytest.raises(ThrottledError) as caught:
            await search(client)
        error = caught.value
        assert error.reason == reason
        # The limiter adds up to a second of its own, and so does what callers are told.
        assert error.retry_after_s is not None
        assert pause_s <= error.retry_after_s <= max(1.0, pause_s) + 2
        assert f"Try again in {whole_seconds(error.retry_after_s)} s." in error.message
        assert response_of(problem_of(error), now=1.8e9).headers["Retry-After"].isdigit()
        # Another family goes on after a spent quota and stops with the rate limit.
        if reason == "QUOTA_EXCEEDED":
            assert (await track(client)).status == 200
        else:
            with pytest.raises(ThrottledError, match="told this app to wait"):
                await track(client)
        assert sum("search" in url for _, url in transport.sent) == 1

    run(main())


def test_a_pause_of_a_second_is_waited_out() -> None:
    async def main() -> None:
        answers = iter([Response(429, {"retry-after": "0"}, b""), answer({"id": A})])
        transport = ScriptedTransport(lambda *_: next(answers))
        assert (await track(new_client(transport))).status == 200
        first, second = (at for at, _ in transport.sent)
        assert second - first >= 1

    run(main())


def told(errors: list[ThrottledError]) -> list[float]:
    return [error.retry_after_s or 0 for error in errors]


async def refused_together(client: SpotifyClient, ask: Callable[[int], str], count: int) -> list[ThrottledError]:
    calls = (track(client, ask(number), deadline_s=5) for number in range(count))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(outcome, ThrottledError) for outcome in outcomes), outcomes
    return outcomes  # type: ignore[return-value]  # just asserted


@pytest.mark.parametrize("same", [True, False], ids=["one flight", "each their own"])
def test_those_who_are_refused_together_do_not_come_back_in_one_instant(same: bool) -> None:  # noqa: FBT001
    async def main() -> None:
        client = new_client(ScriptedTransport(lambda *_: answer({})), calls=1, random=Random(1).random)
        await track(client)
        errors = await refused_together(client, lambda n: B if same else f"{n:022}", 50)
        waits = told(errors)
        assert len(set(waits)) == 50
        assert 0.5 < max(waits) - min(waits) < 1
        for error in errors:
            assert f"Try again in {whole_seconds(error.retry_after_s or 0)} s." in error.message
        # Even the soonest of them is not early.
        await asyncio.sleep(min(waits))
        assert (await track(client, B, deadline_s=0.001 + 5)).status == 200

    run(main())
