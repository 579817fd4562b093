import io
from typing import Any

import aiohttp
import pytest

from house import House, running

ID = "N5Nsdg2e67FsJcAciO5tNI"


async def ask(house: House, path: str, *, method: str = "GET", **extra: Any) -> tuple[int, dict[str, Any], Any]:
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, house.base + path, **extra) as response,
    ):
        return response.status, (await response.json())["error"], response.headers


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/v1/search?q=x", 400, "type is missing"),
        ("/v1/search?type=track", 400, "q is missing"),
        ("/v1/search?q=x&type=song", 400, "type: may hold album, artist"),
        ("/v1/search?q=x&type=track&limit=51", 400, "limit: must be a number from 1 to 50, not 51"),
        ("/v1/search?q=x&type=track&colour=red", 400, "Unknown parameter 'colour'"),
        ("/v1/search?query=x&type=track", 400, "Unknown parameter 'query'"),
        ("/v1/tracks/short", 400, "id: must be a Spotify id"),
        (f"/v1/tracks/{ID}?market=usa", 400, "market: must be a country"),
        ("/v1/tracks?ids=" + ",".join([ID] * 51), 400, "ids: takes at most 50 of them, not 51"),
        (f"/v1/audio-features/{ID}", 403, "profile development"),
        ("/v1/nothing", 404, "No such route: GET /v1/nothing"),
        ("/elsewhere", 404, "mirrored under /v1"),
    ],
)
async def test_a_bad_call_is_refused_in_spotifys_shape_and_costs_nothing(
    path: str, status: int, said: str
) -> None:
    async with running() as house:
        got, error, headers = await ask(house, path)
        assert (got, error["status"]) == (status, status)
        assert said in error["message"]
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert headers["X-Request-Id"]
        assert house.log.count() == 0


@pytest.mark.parametrize(
    ("extra", "status", "said"),
    [
        ({"method": "POST"}, 405, "This path takes GET"),
        ({"data": b"{}"}, 400, "takes no body"),
        ({"headers": {"Host": "evil.example"}}, 421, "does not answer for"),
        ({"headers": {"Origin": "https://evil.example"}}, 403, "ALLOWED_ORIGINS"),
        ({"headers": {"Origin": "null"}}, 403, "ALLOWED_ORIGINS"),
    ],
)
async def test_a_strange_request_is_refused_before_anything_happens(
    extra: dict[str, Any], status: int, said: str
) -> None:
    async with running() as house:
        got, error, _ = await ask(house, f"/v1/tracks/{ID}", **extra)
        assert got == status
        assert said in error["message"]
        assert house.log.count() == 0


@pytest.mark.parametrize(
    ("method", "path", "content", "said"),
    [
        ("PUT", "/v1/me/player/play", b"{", "The body is not JSON"),
        ("PUT", "/v1/me/player/play", b"[]", "The body must be a JSON object"),
        ("PUT", "/v1/me/player/play", b'{"uris":["x"]}', "uris: must be a Spotify URI"),
        ("PUT", "/v1/me/player/play", b'{"colour":"red"}', "Unknown parameter 'colour'"),
        ("PUT", "/v1/me/player/play?context_uri=x", b"", "context_uri goes in the body"),
        ("PUT", "/v1/me/library", b'{"uris":["spotify:track:x"]}', "takes no body; use the query"),
        ("PUT", "/v1/me/player/pause", b"{}", "takes no body; use the query"),
        ("PUT", "/v1/me/player", b'{"device_ids":[]}', "device_ids: must be a list that is not empty"),
        ("PUT", "/v1/me/player", b'{"device_ids":["a","b"]}', "device_ids: takes at most 1"),
        ("PUT", "/v1/me/player/volume?volume_percent=101", b"", "from 0 to 100"),
        ("POST", f"/v1/playlists/{ID}/items", b"{}", "one of uris must be given"),
        ("POST", f"/v1/playlists/{ID}/items?uris=spotify:track:{ID}", b'{"uris":[]}', "uris is given twice"),
        ("PUT", f"/v1/playlists/{ID}/images", b"hello", "image: must be"),
        ("DELETE", f"/v1/playlists/{ID}/items", b'{"tracks":[]}', "Unknown parameter 'tracks'"),
        ("GET", "/v1/me/player/recently-played?after=1&before=2", b"", "exclude each other"),
    ],
)
async def test_a_bad_write_is_refused_by_the_name_of_its_field_and_costs_nothing(
    method: str, path: str, content: bytes, said: str
) -> None:
    async with running() as house:
        status, error, _ = await ask(house, path, method=method, data=content or None)
        assert status == error["status"] == 400
        assert said in error["message"]
        assert house.log.count() == 0


async def test_the_longest_text_fits_into_a_url_in_any_script() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        query = {"q": "\N{GRINNING FACE}" * 1000, "type": "track"}
        async with http.get(f"{house.base}/v1/search", params=query) as response:
            assert response.status == 200


async def test_a_bare_list_is_the_one_list_that_there_is() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        async with http.post(f"{house.base}/v1/me/playlists", json={"name": "x"}) as response:
            created = (await response.json())["id"]
        items = f"{house.base}/v1/playlists/{created}/items"
        async with http.post(items, json=[f"spotify:track:{ID}"]) as response:
            assert response.status == 201
        async with http.get(items) as response:
            assert (await response.json())["total"] == 1


async def test_what_needs_a_user_says_how_to_sign_in() -> None:
    async with running(FERMATA_REFRESH_TOKEN="") as house:
        status, error, _ = await ask(house, "/v1/me")
        assert (status, error["reason"]) == (401, "SIGN_IN_NEEDED")
        start = house.environ["SPOTIFY_REDIRECT_URI"].replace("callback", "login")
        expected = f"This needs a signed-in user. Open {start} in a browser to sign in with Spotify, then repeat"
        assert error["message"].startswith(expected)
        assert house.log.count() == 0


async def test_a_sign_in_that_has_ended_is_told_as_such() -> None:
    async with running(FERMATA_REFRESH_TOKEN="gone") as house:
        status, error, _ = await ask(house, "/v1/me")
        assert status == 401
        assert error["message"].startswith("The sign-in has ended: it was taken back at Spotify, or is six months")
        assert "/login in a browser to sign in" in error["message"]
        # What needs no user goes on.
        async with aiohttp.ClientSession() as http, http.get(f"{house.base}/v1/tracks/{ID}") as response:
            assert response.status == 200


async def test_no_active_device_says_how_to_find_one() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        nobody = {"user": "demo", "active": None}
        async with http.post(f"{house.spotify}/_simulator/player", json=nobody) as response:
            assert response.status == 200
        status, error, _ = await ask(house, "/v1/me/player/next", method="POST")
        assert (status, error["reason"]) == (404, "NO_ACTIVE_DEVICE")
        assert "GET /v1/me/player/devices" in error["message"]


async def test_pages_of_this_machine_and_allowed_ones_may_call() -> None:
    async with running(ALLOWED_ORIGINS="https://app.example") as house, aiohttp.ClientSession() as http:
        for origin in ("http://localhost:3000", "https://app.example"):
            async with http.get(f"{house.base}/v1/tracks/{ID}", headers={"Origin": origin}) as response:
                assert response.status == 200


async def test_a_listed_page_may_read_and_a_local_one_may_not() -> None:
    async with running(ALLOWED_ORIGINS="https://app.example") as house, aiohttp.ClientSession() as http:
        for origin, readable in (("https://app.example", "https://app.example"), ("http://localhost:3000", None)):
            headers = {"Origin": origin}
            async with http.get(f"{house.base}/v1/tracks/{ID}", headers=headers) as response:
                assert response.headers.get("Access-Control-Allow-Origin") == readable
            headers |= {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "mcp-method"}
            async with http.options(f"{house.base}/mcp", headers=headers) as response:
                assert response.headers.get("Access-Control-Allow-Origin") == readable
                assert response.status == (204 if readable else 405)


async def test_the_alias_answers_the_same_and_takes_query_for_q() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        async with http.get(f"{house.base}/v1/search?q=lanterns&type=track") as response:
            expected = await response.read()
        async with http.get(f"{house.base}/api/v1/search?query=lanterns&type=track") as response:
            assert await response.read() == expected
            assert response.headers["X-Cache"] == "HIT"


async def test_a_decent_request_id_is_kept_and_a_strange_one_replaced() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        for given, kept in (("job-7.3", True), ("x" * 65, False), ("a b", False)):
            headers = {"X-Request-Id": given}
            async with http.get(f"{house.base}/health/live", headers=headers) as response:
                assert (response.headers["X-Request-Id"] == given) is kept


def mcp(method: str, params: dict[str, Any]) -> dict[str, Any]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}


SEARCH = mcp("tools/call", {"name": "spotify_search", "arguments": {"queries": ["x"], "types": ["song"]}})


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (mcp("tools/call", {"name": "nope"}), {"Mcp-Name": "nope"}, 400, "Unknown tool: nope"),
        (mcp("tools/dance", {}), {}, 404, "Method not found"),
        (mcp("tools/list", {}), {"Mcp-Method": "tools/call"}, 400, "does not match"),
        (mcp("tools/list", {}), {"Origin": "https://evil.example"}, 403, "ALLOWED_ORIGINS"),
        (mcp("tools/list", {}), {"Host": "evil.example"}, 421, "Host"),
        (mcp("tools/list", {}), {"MCP-Protocol-Version": "2031-01-01"}, 400, ""),
        (b"{", {}, 400, "JSON"),
        (b" " * (4 * 1024 * 1024 + 1), {}, 413, "4194304"),
    ],
)
async def test_a_bad_mcp_message_is_refused_as_its_revision_demands(
    body: dict[str, Any] | bytes, headers: dict[str, str], status: int, said: str
) -> None:
    async with running() as house:
        method = body["method"] if isinstance(body, dict) else "tools/list"
        sent = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": method,
            **headers,
        }
        content: dict[str, Any] = {"json": body} if isinstance(body, dict) else {"data": io.BytesIO(body)}
        got, error, _ = await ask(house, "/mcp", method="POST", headers=sent, **content)
        assert got == status
        assert said in error["message"]
        assert house.log.count() == 0


async def test_bad_arguments_of_a_tool_are_told_to_the_agent() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        headers = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": "tools/call",
            "Mcp-Name": "spotify_search",
        }
        async with http.post(f"{house.base}/mcp", json=SEARCH, headers=headers) as response:
            assert response.status == 200
            result = (await response.json())["result"]
        assert result["isError"] is True
        assert "types.0" in result["content"][0]["text"]
        assert house.log.count() == 0


async def test_a_body_that_is_not_packed_as_it_says_is_the_callers_fault() -> None:
    garbage = {"data": b"no gzip", "headers": {"Content-Encoding": "gzip", "Content-Type": "application/json"}}
    async with running() as house:
        status, error, _ = await ask(house, "/v1/me/player/play", method="PUT", **garbage)
        assert (status, error["message"][:24]) == (400, "The body cannot be read:")
