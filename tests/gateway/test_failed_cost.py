"""What failed calls have cost is told on the error, and counted once however many share it."""

import asyncio
from typing import Any

import pytest

from gateway.client import SpotifyClient
from gateway.errors import (
    InvalidArgumentsError,
    NotFoundError,
    SpotifyError,
    ThrottledError,
    UpstreamUnavailableError,
)
from gateway.principal import LOCAL
from lanes import TRACK, ask, lanes
from pipeline import ScriptedTransport, new_client, refused, things
from raw_http import request
from virtual_time import run

A, UNKNOWN = "a" * 22, "x" * 22


async def failed(client: SpotifyClient, one: str = A, **extra: Any) -> SpotifyError:
    with pytest.raises(SpotifyError) as caught:
        await client.call("get-track", [("id", one)], principal=LOCAL, **extra)
    return caught.value


def test_a_failed_call_tells_every_repeat_that_was_sent_for_it() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: refused(503, "down"))
        error = await failed(new_client(transport))
        assert isinstance(error, UpstreamUnavailableError)
        assert error.upstream_calls == len(transport.sent) > 1

    run(main())


def test_those_who_share_a_failed_call_are_told_its_cost_once_and_each_on_an_error_of_its_own() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: refused(503, "down"))
        client = new_client(transport)
        errors = await asyncio.gather(*(failed(client) for _ in range(5)))
        assert {type(error) for error in errors} == {UpstreamUnavailableError}
        assert sum(error.upstream_calls for error in errors) == len(transport.sent)
        assert sorted(error.upstream_calls for error in errors)[:4] == [0] * 4
        assert len({id(error) for error in errors}) == 5

    run(main())


def test_what_was_refused_here_or_remembered_cost_nothing() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = new_client(transport, calls=1)
        assert (await failed(client, UNKNOWN)).upstream_calls == 1
        remembered, spent = await failed(client, UNKNOWN), await failed(client, A, deadline_s=1)
        assert (type(remembered), remembered.upstream_calls) == (NotFoundError, 0)
        assert (type(spent), spent.upstream_calls) == (ThrottledError, 0)
        assert len(transport.sent) == 1

    run(main())


def test_an_error_with_its_cost_is_the_same_but_for_that() -> None:
    before = InvalidArgumentsError(["one", "two"])
    after = before.costing(3)
    assert (before.upstream_calls, after.upstream_calls) == (0, 3)
    assert (type(after), str(after), after.problems, after.message) == (
        InvalidArgumentsError,
        "one; two",
        ("one", "two"),
        "one; two",
    )
    late = ThrottledError("Wait.", reason="R", retry_after_s=1).costing(2).later(3)
    assert (late.upstream_calls, late.reason, late.message) == (2, "R", "Wait. Try again in 4 s.")


async def test_an_error_of_the_mirror_tells_its_cost_and_one_of_no_operation_tells_none() -> None:
    async with lanes(lambda *_: refused(403, "no")) as pair:
        refusal, misspelt, unknown = await ask(
            pair.ordinary,
            request(f"/v1/tracks/{TRACK}"),
            request("/v1/search?q=a&type=song"),
            request("/v1/nothing"),
        )
    assert (refusal.status, refusal["X-Upstream-Calls"]) == (403, "1")
    assert (misspelt.status, misspelt["X-Upstream-Calls"]) == (400, "0")
    assert unknown.status == 404
    assert "X-Upstream-Calls" not in dict(unknown.fields)
