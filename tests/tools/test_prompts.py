from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from bare_tools import OneView, bare_tool
from tools.observer import Outcome
from tools.prompts import PROMPTS
from tools.runner import ToolRunner
from tools.server import build_server

CURATED = ("spotify_search", "spotify_status", "spotify_control", "spotify_playlist", "spotify_library")
WRITERS = ("spotify_control", "spotify_playlist", "spotify_library")


class Deaf:
    def called(self, tool: str, outcome: Outcome, seconds: float) -> None: ...

    def crashed(self, tool: str, error: Exception) -> None: ...


def served(*names: str, read_only: bool = False) -> Any:
    tools = [bare_tool(name, read_only=read_only or name not in WRITERS) for name in names]
    return build_server(
        OneView(tools), version="1", runner=ToolRunner(observer=Deaf(), clock=lambda: 0.0), prompts=PROMPTS
    )


async def offered(server: Any) -> list[str]:
    async with Client(server) as client:
        return [prompt.name for prompt in (await client.list_prompts()).prompts]


async def told(server: Any, name: str, /, **arguments: str) -> str:
    async with Client(server) as client:
        result = await client.get_prompt(name, arguments)
    (message,) = result.messages
    assert message.role == "user"
    return str(getattr(message.content, "text", ""))


async def refused(server: Any, name: str, arguments: dict[str, str]) -> str:
    async with Client(server) as client:
        with pytest.raises(MCPError) as refusal:
            await client.get_prompt(name, arguments)
    return str(refusal.value)


async def test_all_prompts_are_offered_where_all_tools_are() -> None:
    assert await offered(served(*CURATED)) == ["play_something", "build_playlist", "what_have_i_been_listening_to"]


async def test_a_prompt_is_not_offered_where_its_tools_are_missing_or_may_only_read() -> None:
    assert await offered(served("spotify_search")) == []
    assert await offered(served("spotify_search", "spotify_playlist")) == ["build_playlist"]
    assert await offered(served(*CURATED, read_only=True)) == ["what_have_i_been_listening_to"]
    assert await offered(served("get_user_top_items", "get_recently_played")) == ["what_have_i_been_listening_to"]


async def test_a_prompt_that_is_not_offered_cannot_be_got() -> None:
    said = await refused(served("spotify_search", "spotify_playlist"), "play_something", {"what": "x"})
    assert said == "Unknown prompt: play_something. There are: build_playlist"


async def test_a_listed_prompt_says_what_it_takes_and_how_long_the_list_may_be_kept() -> None:
    async with Client(served(*CURATED), mode="2026-07-28") as client:
        listed = await client.list_prompts()
    assert (listed.ttl_ms, listed.cache_scope) == (300_000, "public")
    arguments = {
        prompt.name: [(one.name, one.required) for one in prompt.arguments or ()] for prompt in listed.prompts
    }
    assert arguments == {
        "play_something": [("what", True)],
        "build_playlist": [("theme", True), ("length", False)],
        "what_have_i_been_listening_to": [("time_range", False)],
    }


async def test_a_prompt_names_its_tools_in_the_order_of_their_calls_and_what_to_do_without_a_login() -> None:
    server = served(*CURATED)
    text = await told(server, "play_something", what="some dub techno")
    assert "some dub techno" in text
    steps = [text.index(name) for name in ("spotify_search", "spotify_status", "spotify_control")]
    assert steps == sorted(steps)
    assert "unauthorized" in text
    text = await told(server, "build_playlist", theme="rain", length=" 45 minutes ")
    assert "Theme: rain. Length: 45 minutes" in text
    steps = [text.index(name) for name in ("spotify_search", "action create", "action add_items")]
    assert steps == sorted(steps)
    assert "Length: 20" in await told(server, "build_playlist", theme="rain", length="")


async def test_a_prompt_leans_on_the_better_tools_where_they_are() -> None:
    text = await told(served(*CURATED), "what_have_i_been_listening_to", time_range="long_term")
    assert "in the last year" in text
    assert "spotify_library" in text
    assert "/mcp/x/core,users" in text
    text = await told(
        served(*CURATED, "get_user_top_items", "get_recently_played"), "what_have_i_been_listening_to"
    )
    assert "in the last four weeks" in text
    assert "time_range short_term" in text
    assert "spotify_library" not in text


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("play_something", {}, "play_something needs what"),
        ("play_something", {"what": "  "}, "play_something needs what"),
        ("play_something", {"what": "x" * 501}, "must not be longer than 500"),
        ("build_playlist", {"theme": "x", "mood": "y"}, "takes no 'mood'; it takes length, theme"),
        ("what_have_i_been_listening_to", {"time_range": "ever"}, "one of short_term, medium_term, long_term"),
        ("nope", {}, "Unknown prompt: nope. There are: play_something"),
    ],
)
async def test_wrong_arguments_are_an_error_that_says_how_to_mend_them(
    name: str, arguments: dict[str, str], said: str
) -> None:
    assert said in await refused(served(*CURATED), name, arguments)
