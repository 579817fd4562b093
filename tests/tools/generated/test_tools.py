"""The tools of single operations: what they take, what they answer, and what they say when they cannot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from gateway.catalogue import CATALOGUE
from gateway.client import SpotifyClient
from gateway.errors import SpotifyError, ThrottledError, UnauthorisedError
from gateway.options import CallOptions
from gateway.params import bind
from gateway.steps import Reply
from tools.generated.tool import endpoint_tool, generated
from tools.tool import BadArguments, Tool, ToolCall, ToolResult

THING = "4cJPC6Y0d1ias1xK2lB9S2"


@dataclass
class Client:
    """Checks as the real one does, and answers what it is told to."""

    outcome: Reply | SpotifyError = field(default_factory=lambda: Reply(b'{"a":1}'))
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def call(self, endpoint_id: str, arguments: Iterable[tuple[str, object]], **_: Any) -> Reply:
        self.asked.append((endpoint_id, dict(bind(CATALOGUE[endpoint_id], arguments))))
        if isinstance(self.outcome, SpotifyError):
            raise self.outcome
        return self.outcome

    def memo(self, endpoint_id: str, arguments: Iterable[tuple[str, object]], **_: Any) -> Any:
        return endpoint_id, dict(arguments)

    def estimate(self, calls: Any, **_: Any) -> Mapping[str, Any]:
        return {"upstream_calls": len(calls)}


def tool_of(client: Client, endpoint: str, name: str = "") -> Tool:
    made = generated(CATALOGUE[endpoint], cast(SpotifyClient, client))
    return next(tool for tool in (made.tool, *made.variants) if name in {"", tool.name})


async def answer(client: Client, endpoint: str, tool: str = "", /, **arguments: Any) -> ToolResult:
    return await tool_of(client, endpoint, tool).run(ToolCall(arguments))


async def test_the_answer_is_the_text_that_spotify_sent_and_is_not_sent_twice() -> None:
    result = await answer(Client(), "get-track", id=THING)
    assert (result.text, result.structured, result.is_error) == ('{"a":1}', {}, False)


@pytest.mark.parametrize(
    ("reply", "again"),
    [
        (Reply(b"[]", cache="hit"), True),
        (Reply(b"[]", cache="miss"), False),
        (Reply(b"[]", cache="stale"), False),
        (Reply(b"[]", cache="hit", missing=("one",)), False),
    ],
)
async def test_only_an_answer_that_is_one_cached_read_may_be_given_again(reply: Reply, *, again: bool) -> None:
    reads = (await answer(Client(reply), "get-an-album", album_id=THING)).reads()
    memos: list[Any] = [(read.memo, read.body) for read in reads]
    assert memos == ([(("get-an-album", {"id": THING}), b"[]")] if again else [])


async def test_an_empty_answer_is_said_in_a_word() -> None:
    assert (await answer(Client(Reply(b"")), "pause-a-users-playback")).text == "Done."


async def test_what_is_missing_from_a_batch_is_named() -> None:
    client = Client(Reply(b"[null]", missing=("one", "two"), retry_after_s=2.2))
    result = await answer(client, "get-several-tracks", ids=[THING])
    assert result.text == "[null]\nNot had in time: one, two. Ask for those again in 3 s."


@pytest.mark.parametrize(
    ("error", "text", "structured"),
    [
        (
            ThrottledError("The budget is spent.", retry_after_s=4.21),
            "rate_limited: The budget is spent. Try again in 5 s.",
            {"error": "The budget is spent. Try again in 5 s.", "code": "rate_limited", "retry_after": 4.3},
        ),
        (
            SpotifyError("It failed.", retry_after_s=1),
            "bad_response: It failed. Try again in 1 s.",
            {"error": "It failed.", "code": "bad_response", "retry_after": 1},
        ),
        (
            UnauthorisedError("Sign in", reason="SIGN_IN"),
            "unauthorized: Sign in",
            {"error": "Sign in", "code": "unauthorized", "reason": "SIGN_IN"},
        ),
    ],
)
async def test_an_error_says_what_to_do_in_words_and_as_structure(
    error: SpotifyError, text: str, structured: dict[str, Any]
) -> None:
    assert await answer(Client(error), "get-track", id=THING) == ToolResult(text, structured, is_error=True)


async def test_a_dry_run_asks_for_nothing() -> None:
    client = Client()
    call = ToolCall({"id": THING}, options=CallOptions(dry_run=True))
    assert (await tool_of(client, "get-track").run(call)).text == '{"upstream_calls":1}'
    assert client.asked == []


@pytest.mark.parametrize(
    ("endpoint", "tool", "given", "bound"),
    [
        ("get-an-album", "get_album", {"album_id": THING, "market": "US"}, {"id": THING, "market": "US"}),
        ("get-an-albums-tracks", "get_album_tracks", {"album_id": THING, "limit": 50}, {"id": THING, "limit": 50}),
        ("get-multiple-albums", "get_multiple_albums", {"album_ids": [THING]}, {"ids": (THING,)}),
        ("get-an-artist", "get_artist", {"artist_id": THING}, {"id": THING}),
        (
            "get-an-artists-albums",
            "get_artist_albums",
            {"artist_id": THING, "album_type": None, "include_groups": "album,single", "country": "US"},
            {"id": THING, "include_groups": ("album", "single"), "country": "US"},
        ),
        (
            "get-an-artists-top-tracks",
            "get_artist_top_tracks",
            {"artist_id": THING, "country": "US"},
            {"id": THING, "country": "US"},
        ),
        ("get-an-artists-related-artists", "get_related_artists", {"artist_id": THING}, {"id": THING}),
        ("get-multiple-artists", "get_multiple_artists", {"artist_ids": [THING]}, {"ids": (THING,)}),
        (
            "search",
            "search_spotify",
            {"query": "x", "search_type": "album", "limit": 10},
            {"q": "x", "type": ("album",), "limit": 10},
        ),
        ("search", "search_spotify", {"query": "x"}, {"q": "x", "type": ("track",)}),
        ("search", "search_tracks", {"query": "x", "limit": 10.0}, {"q": "x", "type": ("track",), "limit": 10}),
        ("get-a-list-of-current-users-playlists", "get_user_playlists", {"limit": 20}, {"limit": 20}),
        (
            "get-users-top-artists-and-tracks",
            "get_user_top_artists",
            {"limit": 5, "time_range": "short_term"},
            {"type": "artists", "limit": 5, "time_range": "short_term"},
        ),
        ("get-users-top-artists-and-tracks", "get_user_top_tracks", {}, {"type": "tracks"}),
        ("get-audio-features", "get_audio_features", {"track_id": THING}, {"id": THING}),
        ("save-tracks-user", "save_tracks", {"track_ids": [THING]}, {"ids": (THING,)}),
        (
            "get-recommendations",
            "get_recommendations",
            {"seed_tracks": [THING], "min_energy": 0.5},
            {"seed_tracks": (THING,), "min_energy": 0.5},
        ),
    ],
)
async def test_arguments_that_are_known_from_other_servers_are_taken(
    endpoint: str, tool: str, given: dict[str, Any], bound: dict[str, Any]
) -> None:
    client = Client()
    assert not (await answer(client, endpoint, tool, **given)).is_error
    assert client.asked == [(endpoint, bound)]


@pytest.mark.parametrize(
    ("endpoint", "tool", "given", "said"),
    [
        ("get-track", "get_track", {"id": THING, "track_id": THING}, "id is given twice"),
        ("get-track", "get_track", {}, "id is missing"),
        ("get-track", "get_track", {"name": "x"}, "Unknown parameter 'name'"),
        ("search", "search_tracks", {"query": "x", "type": "album"}, "type is given twice"),
        ("search", "search_spotify", {"type": "album"}, "q is missing"),
    ],
)
async def test_arguments_that_do_not_fit_are_complained_of_before_anything_happens(
    endpoint: str, tool: str, given: dict[str, Any], said: str
) -> None:
    client = Client()
    with pytest.raises(BadArguments, match=said):
        await answer(client, endpoint, tool, **given)
    assert client.asked == []


def test_a_schema_tells_an_agent_what_it_needs_and_no_more() -> None:
    schema = endpoint_tool(CATALOGUE["search"], cast(SpotifyClient, Client())).input_schema
    assert schema["required"] == ["q"]
    assert schema["properties"]["type"] == {
        "type": "array",
        "items": {
            "type": "string",
            "enum": ["album", "artist", "playlist", "track", "show", "episode", "audiobook"],
        },
        "description": "Kinds of item to look for.",
        "default": ["track"],
    }
    assert schema["properties"]["limit"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 50,
        "description": "Largest number of items.",
    }


def test_one_country_has_one_name_in_a_schema() -> None:
    def listed(endpoint: str) -> Any:
        return endpoint_tool(CATALOGUE[endpoint], cast(SpotifyClient, Client())).input_schema["properties"]

    assert "country" not in listed("get-an-artists-top-tracks")
    assert "market" not in listed("get-new-releases")
    assert listed("get-new-releases")["country"] == listed("get-an-artists-top-tracks")["market"]


def test_a_variant_does_not_list_what_it_has_by_itself() -> None:
    assert set(tool_of(Client(), "search", "search_tracks").input_schema["properties"]) == {
        "q", "market", "limit", "offset", "include_external",
    }  # fmt: skip
    top = tool_of(Client(), "get-users-top-artists-and-tracks", "get_user_top_artists")
    assert "required" not in top.input_schema
