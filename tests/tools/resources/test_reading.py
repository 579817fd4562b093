"""Resources by the official client: what they hold, what is said of them, and how errors are worded."""

import asyncio
from typing import Any

import httpx2
import orjson
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, PromptReference, ResourceTemplateReference

from gateway.endpoint import Profile
from gateway.transport import Response
from pipeline import refused
from resources_rig import data_of, echo, new_desk, open_place, text_of
from virtual_time import run

ID = "4cJPC6Y0d1ias1xK2lB9S2"
MODES: Any = ["2026-07-28", "legacy"]
WIRES = ["modern", "session", "sse"]


@pytest.mark.parametrize("wire", WIRES)
async def test_a_resource_is_listed_and_read_over_every_wire_at_the_cost_of_one_call(wire: str) -> None:
    async with open_place(new_desk()) as place, place.client(wire) as client:
        resources = {one.uri: one for one in (await client.list_resources()).resources}
        assert resources["spotify://me/player"].title == "My player"
        assert all("{" not in uri for uri in resources)
        templates = {one.uri_template for one in (await client.list_resource_templates()).resource_templates}
        assert "spotify://playlists/{id}/items{?market,fields,limit,offset,additional_types}" in templates
        read = await client.read_resource(f"spotify://albums/{ID}?market=US", cache_mode="bypass")
        assert orjson.loads(text_of(read)) == {"url": f"/albums/{ID}?market=US"}
        again = await client.read_resource(f"spotify:album:{ID}?market=US", cache_mode="bypass")
        assert text_of(again) == text_of(read)
        assert again.contents[0].uri == f"spotify:album:{ID}?market=US"
        assert [(result.meta or {})["cache"] for result in (read, again)] == ["miss", "hit"]
        assert place.desk.sent == [f"/albums/{ID}?market=US"]


async def test_lists_are_everybodys_for_minutes() -> None:
    async with Client(new_desk().server, mode="2026-07-28") as client:
        results = (await client.list_resources(), await client.list_resource_templates())
        assert {(result.ttl_ms, result.cache_scope) for result in results} == {(300_000, "public")}


@pytest.mark.parametrize(
    ("uri", "scope", "ttl_ms"),
    [
        (f"spotify://albums/{ID}", "public", 6 * 3_600_000),
        (f"spotify://shows/{ID}?market=US", "public", 6 * 3_600_000),
        # Tells how far its user has listened.
        (f"spotify://shows/{ID}", "private", 600_000),
        # In one profile it is read with the user's own token.
        ("spotify://users/ada", "private", 6 * 3_600_000),
        # A write through the gateway changes these, and a client would not hear of it.
        ("spotify://me/tracks", "private", 0),
        ("spotify://me", "private", 600_000),
        (f"spotify://playlists/{ID}", "private", 0),
        ("spotify://me/player", "private", 0),
    ],
)
async def test_clients_are_told_whose_an_answer_is_and_for_how_long(uri: str, scope: str, ttl_ms: int) -> None:
    async with Client(new_desk().server, mode="2026-07-28") as client:
        read = await client.read_resource(uri)
        assert read.cache_scope == scope
        assert max(0, ttl_ms - 10_000) <= read.ttl_ms <= ttl_ms


def test_the_time_that_an_answer_has_been_kept_is_gone_from_its_freshness() -> None:
    async def main() -> None:
        uri = f"spotify://albums/{ID}"
        async with Client(new_desk().server, mode="2026-07-28") as client:
            await client.read_resource(uri)
            await asyncio.sleep(3600)
            read = await client.read_resource(uri, cache_mode="bypass")
            assert read.ttl_ms == pytest.approx(5 * 3_600_000, abs=1000)
            await asyncio.sleep(6 * 3600)
            # Past its time, and renewed behind the scenes.
            read = await client.read_resource(uri, cache_mode="bypass")
            assert (read.meta or {})["cache"] == "stale"
            assert read.ttl_ms == 0

    run(main())


@pytest.mark.parametrize(("mode", "code"), [("2026-07-28", INVALID_PARAMS), ("legacy", -32002)])
async def test_what_is_not_there_is_said_as_the_revision_wants_it(mode: Any, code: int) -> None:
    desk = new_desk(lambda *_: refused(404, "Resource not found"))
    async with Client(desk.server, mode=mode) as client:
        with pytest.raises(MCPError, match="Unknown resource: spotify://nothing") as unknown:
            await client.read_resource("spotify://nothing")
        assert unknown.value.error.code == code
        assert desk.sent == []
        with pytest.raises(MCPError) as missing:
            await client.read_resource(f"spotify://albums/{ID}")
        assert missing.value.error.code == code
        assert data_of(missing.value) == {"uri": f"spotify://albums/{ID}", "code": "not_found"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("spotify://albums/short", "id: must be a Spotify id"),
        (f"spotify://albums/{ID}?market=us", "market: must be a country as two capital letters"),
        (f"spotify://albums/{ID}?limit=3", "Unknown parameter 'limit'; get-an-album takes id, market"),
        (f"spotify://albums/{ID}?id={ID}", "id is given twice"),
        ("spotify://me/following?type=user", "type is given twice"),
        ("spotify://me/tracks?limit=500", "limit: must be a number from 1 to 50"),
    ],
)
async def test_a_wrong_parameter_is_named_and_costs_nothing(mode: Any, uri: str, said: str) -> None:
    desk = new_desk()
    async with Client(desk.server, mode=mode) as client:
        with pytest.raises(MCPError) as refusal:
            await client.read_resource(uri)
        assert refusal.value.error.code == INVALID_PARAMS
        assert said in refusal.value.error.message
        assert data_of(refusal.value)["code"] == "invalid_arguments"
    assert desk.sent == []


async def test_an_error_that_time_heals_says_when() -> None:
    async with Client(new_desk(lambda *_: refused(429, "Slow down", retry_after="7")).server) as client:
        with pytest.raises(MCPError) as refusal:
            await client.read_resource(f"spotify://albums/{ID}?market=US")
        assert refusal.value.error.code == INTERNAL_ERROR
        data = data_of(refusal.value)
        assert data["code"] == "rate_limited"
        assert data["retry_after"] >= 7


async def test_what_the_profile_lacks_is_refused_with_the_way_around() -> None:
    desk = new_desk(profile=Profile.DEVELOPMENT)
    async with Client(desk.server) as client:
        assert "spotify://markets" not in {one.uri for one in (await client.list_resources()).resources}
        with pytest.raises(MCPError, match="Spotify offers no replacement") as refusal:
            await client.read_resource("spotify://markets")
        assert data_of(refusal.value)["reason"] == "UNSUPPORTED_IN_PROFILE"
    assert desk.sent == []


async def test_an_answer_without_a_body_is_json_all_the_same() -> None:
    async with Client(new_desk(lambda *_: Response(204, {}, b"")).server) as client:
        assert text_of(await client.read_resource("spotify://me/player")) == "null"


async def test_options_of_a_call_are_taken_from_the_headers() -> None:
    desk = new_desk()
    async with open_place(desk) as place:
        call = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "resources/read",
            "params": {
                "uri": "spotify://me",
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": {},
                },
            },
        }
        headers = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": "resources/read",
            "Mcp-Name": "spotify://me",
        }
        async with httpx2.AsyncClient() as http:
            dry = await http.post(f"{place.base}/mcp", json=call, headers={**headers, "X-Dry-Run": "1"})
            wrong = await http.post(f"{place.base}/mcp", json=call, headers={**headers, "X-Priority": "huge"})
        assert orjson.loads(dry.json()["result"]["contents"][0]["text"])["upstream_calls"] == 1
        assert wrong.status_code == 400
        assert "X-Priority must be one of" in wrong.json()["error"]["message"]
    assert desk.sent == []


@pytest.mark.parametrize("mode", MODES)
async def test_values_that_the_catalogue_knows_are_completed(mode: Any) -> None:
    async with Client(new_desk().server, mode=mode) as client:

        async def complete(uri: str, name: str, start: str) -> list[str]:
            ref = ResourceTemplateReference(type="ref/resource", uri=uri)
            return (await client.complete(ref, {"name": name, "value": start})).completion.values

        top = "spotify://me/top/tracks{?time_range,limit,offset}"
        assert await complete(top, "time_range", "") == ["long_term", "medium_term", "short_term"]
        assert await complete(top, "time_range", "me") == ["medium_term"]
        assert await complete(top, "limit", "") == []
        assert await complete("spotify://albums/{id}", "id", "") == []
        assert await complete("spotify://nothing/{id}", "id", "") == []
        prompt = PromptReference(type="ref/prompt", name="x")
        assert (await client.complete(prompt, {"name": "x", "value": ""})).completion.values == []


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_capabilities_say_that_resources_can_be_subscribed_to(mode: Any) -> None:
    async with Client(new_desk(echo).server, mode=mode) as client:
        capabilities = client.server_capabilities
        assert capabilities.resources is not None
        assert capabilities.resources.subscribe is True
        assert capabilities.completions is not None
