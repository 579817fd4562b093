"""No request gets past the guards that was not sent on purpose; each refusal says what to do."""

import gzip
from typing import Any

import pytest

from gateway.guards import Guard

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
PATHS = [("POST", "/mcp"), ("GET", "/mcp"), ("DELETE", "/mcp"), ("GET", "/sse"), ("POST", "/messages")]


async def refusal(response: Any) -> Any:
    body = await response.json()
    assert body["jsonrpc"] == "2.0"
    assert body["id"] is None
    assert len(body["error"]["message"]) > 20
    return body["error"]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
async def test_a_foreign_host_is_misdirected(served: Any, method: str, path: str, version: str) -> None:
    headers = {**JSON, "Host": "evil.example:8080", "MCP-Protocol-Version": version}
    async with served.client.request(method, path, headers=headers, data=b"{}") as response:
        assert response.status == 421
        await refusal(response)


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://[", "*"]
)
async def test_a_foreign_origin_is_forbidden(served: Any, method: str, path: str, origin: str) -> None:
    async with served.client.request(method, path, headers={**JSON, "Origin": origin}, data=b"{}") as response:
        assert response.status == 403
        await refusal(response)


@pytest.mark.parametrize(
    "origin", ["http://localhost:6274", "http://127.0.0.1", "https://[::1]:9", "https://APP.example"]
)
async def test_loopback_and_listed_origins_are_welcome(serve: Any, origin: str) -> None:
    served = await serve(guard=Guard(origins=frozenset({"https://app.example"})))
    async with served.modern(served.tool("echo", text="hi"), Origin=origin) as response:
        assert response.status == 200


async def test_a_loopback_origin_means_nothing_on_a_public_host(serve: Any) -> None:
    served = await serve(guard=Guard(hosts=frozenset({"music.example"})))
    public = {"Host": "music.example"}
    async with served.modern(served.tool("echo"), **public) as response:
        assert response.status == 200
    async with served.modern(served.tool("echo"), Origin="http://localhost:3000", **public) as response:
        assert response.status == 403


async def test_an_ipv6_host_is_recognised_with_and_without_port(served: Any) -> None:
    for host in ("[::1]:8080", "[::1]", "127.0.0.1"):
        async with served.modern(served.tool("echo"), Host=host) as response:
            assert response.status == 200


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
async def test_a_body_that_is_not_json_by_type_is_unsupported(served: Any, version: str) -> None:
    headers = {"Content-Type": "text/plain", "MCP-Protocol-Version": version}
    async with served.client.post("/mcp", data=b"{}", headers=headers) as response:
        assert response.status == 415
        assert "application/json" in (await refusal(response))["message"]


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("body", [b"", b"{", b'{"a": NaN}', b"\xff", b"[" * 5000])
async def test_malformed_json_is_a_parse_error(served: Any, version: str, body: bytes) -> None:
    headers = {**JSON, "MCP-Protocol-Version": version}
    async with served.client.post("/mcp", data=body, headers=headers) as response:
        assert response.status == 400
        assert (await refusal(response))["code"] == -32700


async def chunks(*parts: bytes) -> Any:
    for part in parts:
        yield part


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
async def test_a_body_over_the_limit_is_too_large_however_it_is_sent(serve: Any, version: str) -> None:
    served = await serve(max_body_bytes=1000)
    headers = {**JSON, "MCP-Protocol-Version": version}
    bomb = gzip.compress(b" " * 100_000)
    assert len(bomb) < 1000
    for data, more in [
        (b" " * 1001, {}),
        (chunks(b" " * 600, b" " * 600), {}),
        (bomb, {"Content-Encoding": "gzip"}),
    ]:
        async with served.client.post("/mcp", data=data, headers={**headers, **more}) as response:
            assert response.status == 413
            assert "1000" in (await refusal(response))["message"]


async def test_a_broken_compression_is_a_parse_error(served: Any) -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    async with served.client.post("/mcp", data=b"not gzip at all", headers=headers) as response:
        assert response.status == 400


@pytest.mark.parametrize(
    "accept", ["application/json", "text/event-stream", "*/*", "application/*;q=0.5, text/html"]
)
async def test_a_client_that_reads_json_or_events_is_served(served: Any, accept: str) -> None:
    async with served.modern(served.tool("echo", text="hi"), Accept=accept) as response:
        assert response.status == 200
        assert b"hi for local" in await response.read()


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
async def test_a_client_that_reads_neither_is_not_acceptable(served: Any, version: str) -> None:
    headers = {**JSON, "Accept": "text/html", "MCP-Protocol-Version": version}
    async with served.client.post("/mcp", data=b"{}", headers=headers) as response:
        assert response.status == 406
        await refusal(response)


@pytest.mark.parametrize("path", ["/mcp", "/sse"])
async def test_a_stream_is_not_opened_for_a_client_that_reads_json_only(served: Any, path: str) -> None:
    async with served.client.get(path, headers={"Accept": "application/json"}) as response:
        assert response.status == 406


@pytest.mark.parametrize(
    ("method", "path", "version", "allow"),
    [
        ("PUT", "/mcp", "2025-11-25", "POST, GET, DELETE"),
        ("GET", "/mcp", "2026-07-28", "POST"),
        ("DELETE", "/mcp", "2026-07-28", "POST"),
        ("POST", "/sse", "2024-11-05", "GET"),
        ("GET", "/messages", "2024-11-05", "POST"),
    ],
)
async def test_other_methods_are_told_which_ones_are_served(
    served: Any, method: str, path: str, version: str, allow: str
) -> None:
    async with served.client.request(method, path, headers={"MCP-Protocol-Version": version}) as response:
        assert response.status == 405
        assert response.headers["Allow"] == allow
        await refusal(response)


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_a_stranger_gets_the_answer_of_the_authentication(served: Any, method: str, path: str) -> None:
    async with served.client.request(method, path, headers={**JSON, "X-Who": "stranger"}) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer resource_metadata=")
        error = (await response.json())["error"]
        assert (error["code"], error["message"]) == (-32600, "who are you? sign in")
    assert served.recorder.requests[-1][2] == 401


async def test_a_foreign_host_is_refused_before_the_caller_is_asked_who_it_is(served: Any) -> None:
    headers = {**JSON, "X-Who": "stranger", "Host": "evil.example"}
    async with served.client.post("/mcp", headers=headers) as response:
        assert response.status == 421


async def test_other_paths_belong_to_somebody_else(served: Any) -> None:
    async with served.client.post("/mcpx", headers={"Host": "evil.example"}) as response:
        assert response.status == 404
    assert served.recorder.requests == []
