import asyncio
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from gateway.catalogue import CATALOGUE
from gateway.endpoint import Profile
from gateway.options import DEFAULT, CallOptions
from gateway.steps import Reply
from gateway.transport import LostError, Response
from gateway.triage import ALL, Verdict
from limiter import Priority
from pipeline import ScriptedTransport, answer, new_client, refused
from tools.search import SearchArguments, SearchResult, search_tool
from tools.tool import ToolCall, ToolResult
from virtual_time import run


def found(url: str) -> Response:
    track = {
        "id": "t1",
        "uri": "spotify:track:t1",
        "name": "Instant Crush",
        "artists": [{"name": "Daft Punk"}, {"name": "Julian Casablancas"}],
        "album": {"name": "Random Access Memories"},
        "duration_ms": 337093,
        "external_urls": {"spotify": "https://open.spotify.com/track/t1"},
        "popularity": 80,
    }
    playlist = {"id": "p1", "uri": "spotify:playlist:p1", "name": "Mix", "owner": {"display_name": "Ann"}}
    return answer(
        {
            "tracks": {"href": url, "items": [track], "total": 1},
            "playlists": {"href": url, "items": [None, playlist, {"id": "p2", "name": ""}], "total": 3},
        }
    )


async def search(
    transport: ScriptedTransport, options: CallOptions = DEFAULT, *, calls: int = 100, **arguments: Any
) -> ToolResult:
    client = new_client(transport, profile=Profile.DEVELOPMENT, calls=calls)
    result = await search_tool(client, clock=asyncio.get_running_loop().time).run(
        ToolCall(arguments, options=options)
    )
    assert result.text == result.structured["_msg"]
    TypeAdapter(SearchResult).validate_python(result.structured, strict=True)
    return result


def test_items_are_slim_ordered_and_carry_what_an_agent_needs_to_act() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda _, url: found(url))
        result = await search(transport, queries=["crush"], types=["playlist", "track"], limit=3, mode="slim")
        assert result.structured == {
            "_msg": (
                'Results for "crush":\n'
                "- [track] Instant Crush — spotify:track:t1\n"
                "- [playlist] Mix — spotify:playlist:p1"
            ),
            "queries": ["crush"],
            "types": ["playlist", "track"],
            "limit": 3,
            "offset": 0,
            "batches": [
                {
                    "inputIndex": 0,
                    "query": "crush",
                    "ok": True,
                    "totals": {"track": 1, "playlist": 3},
                    "items": [
                        {
                            "type": "track",
                            "id": "t1",
                            "uri": "spotify:track:t1",
                            "name": "Instant Crush",
                            "artists": ["Daft Punk", "Julian Casablancas"],
                            "album": "Random Access Memories",
                            "duration_ms": 337093,
                            "url": "https://open.spotify.com/track/t1",
                        },
                        {
                            "type": "playlist",
                            "id": "p1",
                            "uri": "spotify:playlist:p1",
                            "name": "Mix",
                            "owner": "Ann",
                        },
                    ],
                }
            ],
            "summary": {"ok": 1, "failed": 0},
            "upstream_calls": 1,
        }

    run(main())


def test_one_failed_query_does_not_spoil_the_others() -> None:
    async def main() -> None:
        def script(_: str, url: str) -> Response:
            return refused(400, "Bad query") if "q=bad" in url else found(url)

        result = await search(ScriptedTransport(script), queries=["good", "bad", "fine"], types=["track"])
        batches = result.structured["batches"]
        assert [batch["ok"] for batch in batches] == [True, False, True]
        assert (batches[1]["error"], batches[1]["code"]) == ("Bad query", "invalid_arguments")
        assert result.structured["summary"] == {"ok": 2, "failed": 1}
        assert not result.is_error
        assert result.structured["_msg"].startswith(
            'Processed 3 queries — 1\N{MULTIPLICATION SIGN} "good", 1\N{MULTIPLICATION SIGN} "fine".'
        )
        assert 'Failed: "bad" — invalid_arguments: Bad query' in result.structured["_msg"]

    run(main())


def test_a_ban_is_told_with_the_seconds_to_wait() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: refused(429, "no", retry_after="80000"))
        result = await search(transport, queries=["a", "b"], types=["track"])
        assert result.is_error
        for batch in result.structured["batches"]:
            assert batch["code"] == "rate_limited"
            assert batch["retry_after"] == pytest.approx(80_000, abs=5)
        assert "then call again with the failed queries only" in result.structured["_msg"]

    run(main())


def test_identical_queries_of_one_batch_cost_one_call() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda _, url: found(url))
        result = await search(transport, queries=["crush"] * 20, types=["track"], limit=10)
        assert result.structured["upstream_calls"] == len(transport.sent) == 1

    run(main())


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (503, "In a moment, call again with the failed queries only."),
        (403, "Mend what fails, then call again with the failed queries only."),
    ],
)
def test_what_is_to_be_mended_is_asked_for_only_where_something_is(status: int, step: str) -> None:
    async def main() -> None:
        result = await search(ScriptedTransport(lambda *_: refused(status, "no")), queries=["a"], types=["track"])
        assert result.text.splitlines()[-1] == step

    run(main())


def test_the_preview_stays_short_however_much_is_found() -> None:
    async def main() -> None:
        items = [{"id": f"{n}", "uri": f"spotify:track:{n}", "name": f"Song {n}"} for n in range(10)]
        transport = ScriptedTransport(
            lambda _, url: answer({"tracks": {"href": url, "items": items, "total": 10}})
        )
        result = await search(transport, queries=[f"q{n}" for n in range(10)], types=["track"], limit=10)
        assert result.structured["_msg"].count("- [track]") == 20
        assert "… and 8 more in items" in result.structured["_msg"]

    run(main())


def test_nothing_found_says_what_to_try() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda _, url: answer({"tracks": {"href": url, "items": [], "total": 0}}))
        result = await search(transport, queries=["zzz"], types=["track"])
        assert not result.is_error
        assert result.structured["_msg"] == ('No results for "zzz".\nTry fewer or other words, or another type.')

    run(main())


def test_a_cancelled_call_ends_all_its_searches() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: LostError("never"), delay_s=1000)
        call = asyncio.create_task(search(transport, queries=["a", "b"], types=["track"]))
        await asyncio.sleep(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    run(main())


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"queries": [], "types": ["track"]},
        {"queries": ["x"] * 21, "types": ["track"]},
        {"queries": [" "], "types": ["track"]},
        {"queries": ["x"], "types": []},
        {"queries": ["x"], "types": ["song"]},
        {"queries": ["x"], "types": ["track"], "limit": 0},
        {"queries": ["x"], "types": ["track"], "limit": 51},
        {"queries": ["x"], "types": ["track"], "limit": 2.5},
        {"queries": ["x"], "types": ["track"], "offset": 1001},
        {"queries": ["x"], "types": ["track"], "market": "USA"},
        {"queries": ["x"], "types": ["track"], "include_external": "video"},
        {"queries": ["x"], "types": ["track"], "colour": "red"},
    ],
)
def test_arguments_outside_the_schema_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SearchArguments.model_validate(arguments)


def test_a_market_may_be_written_small() -> None:
    assert SearchArguments.model_validate({"queries": ["x"], "types": ["track"], "market": "us"}).market == "US"


def test_queries_that_are_short_of_budget_tell_each_its_wait_and_spoil_no_other() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda _, url: found(url))
        queries = [f"q{number}" for number in range(5)]
        options = CallOptions(deadline_s=40)
        result = await search(transport, options, calls=2, queries=queries, types=["track"], limit=10)
        # Two at once, two after one window, and the last refused on arrival; the answer comes with the fourth.
        assert 30 < asyncio.get_running_loop().time() < 31
        assert [batch["ok"] for batch in result.structured["batches"]] == [True] * 4 + [False]
        # Two windows after the start, hence one after the answer.
        assert 29.5 < result.structured["batches"][4]["retry_after"] < 31.5

    run(main())


def test_a_dry_run_sends_nothing_and_tells_the_cost_of_all_queries_together() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda _, url: found(url))
        for how in ({"dry_run": True}, {"options": CallOptions(dry_run=True)}):
            result = await search(transport, queries=["a", "b", "a"], types=["track"], limit=20, **how)
            assert not result.is_error
            assert result.structured["batches"] == []
            estimate = result.structured["estimate"]
            assert (estimate["upstream_calls"], estimate["cached"], estimate["fits_deadline"]) == (4, 0, True)
            assert result.text.startswith("Nothing was sent. It would cost at most 4 calls")
        short = await search(
            transport,
            CallOptions(deadline_s=1),
            calls=1,
            queries=["a", "b"],
            types=["track"],
            dry_run=True,
            limit=5,
        )
        assert short.structured["estimate"]["fits_deadline"] is False
        assert transport.sent == []

    run(main())


@pytest.mark.parametrize(
    ("queries", "options", "expected"),
    [
        # What the endpoint says, which is interactive.
        (["a"], DEFAULT, None),
        (["a", "b"], DEFAULT, Priority.BACKGROUND),
        (["a", "b"], CallOptions(priority=Priority.CONTROL), Priority.CONTROL),
    ],
)
def test_many_queries_are_bulk_unless_the_caller_says_otherwise(
    queries: list[str], options: CallOptions, expected: Priority | None
) -> None:
    heard: list[Priority | None] = []

    class Client:
        deadline_s = 60.0

        def triage(self, _: object, *, priority: Priority | None, **__: object) -> Verdict[int]:
            assert priority == expected
            return ALL

        async def call(self, *_: object, priority: Priority | None, **__: object) -> Reply:
            heard.append(priority)
            return Reply(body=b"{}")

    async def main() -> None:
        tool = search_tool(Client(), clock=lambda: 0.0)  # type: ignore[arg-type]  # all that it needs
        await tool.run(ToolCall({"queries": queries, "types": ["track"]}, options=options))

    run(main())
    assert heard == [expected] * len(queries)
    assert CATALOGUE["search"].priority is Priority.INTERACTIVE


def test_a_query_is_echoed_as_it_came_and_sent_without_the_spaces_around_it() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda _, url: found(url))
        result = await search(transport, queries=[" crush ", "crush"], types=["track"], limit=5)
        assert result.structured["queries"] == [" crush ", "crush"]
        assert [batch["query"] for batch in result.structured["batches"]] == [" crush ", "crush"]
        assert len(transport.sent) == 1

    run(main())


def test_what_failed_queries_cost_is_told_too() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda _, url: refused(503, "down") if "q=bad" in url else found(url))
        result = await search(transport, queries=["good", "bad"], types=["track"], limit=10)
        assert result.structured["summary"] == {"ok": 1, "failed": 1}
        assert result.structured["upstream_calls"] == len(transport.sent) > 2

    run(main())
