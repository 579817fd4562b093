import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.transport import LostError, NotSentError, PooledTransport, TransportConfig

CONFIG = TransportConfig(connect_s=2, read_s=0.2, total_s=0.5, max_body_bytes=1000)


class Upstream:
    """A server that answers as its route says, and counts."""

    def __init__(self) -> None:
        self.calls = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        match request.path:
            case "/reset" if self.calls > 1:
                assert request.transport is not None
                request.transport.abort()
            case "/silent":
                await asyncio.sleep(5)
            case "/huge":
                return web.Response(body=bytes(2000))
            case "/short":
                response = web.StreamResponse(headers={"Content-Length": "100"})
                await response.prepare(request)
                await response.write(b"half")
                assert request.transport is not None
                request.transport.close()
                return response
            case "/moved":
                raise web.HTTPFound("/elsewhere")
            case _:
                pass
        return web.json_response({"path": request.raw_path}, headers={"X-Kept": "yes"})


@pytest.fixture
async def upstream() -> AsyncIterator[tuple[Upstream, str]]:
    upstream = Upstream()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", upstream.handle)
    async with TestServer(app) as server:
        yield upstream, f"http://127.0.0.1:{server.port}"


async def test_an_answer_arrives_whole_and_the_path_is_not_touched(upstream: tuple[Upstream, str]) -> None:
    _, base = upstream
    async with PooledTransport(CONFIG) as transport:
        response = await transport.send("GET", f"{base}/a%2Fb?q=%26%20", headers={})
    assert response.status == 200
    assert response.headers["x-kept"] == "yes"
    assert response.body == b'{"path": "/a%2Fb?q=%26%20"}'


@pytest.mark.parametrize("path", ["/silent", "/huge", "/short"])
async def test_an_incomplete_answer_counts_as_lost(path: str, upstream: tuple[Upstream, str]) -> None:
    async with PooledTransport(CONFIG) as transport:
        with pytest.raises(LostError):
            await transport.send("GET", upstream[1] + path, headers={})


async def test_a_broken_reused_connection_is_reported_and_not_tried_again_in_silence(
    upstream: tuple[Upstream, str],
) -> None:
    server, base = upstream
    async with PooledTransport(CONFIG) as transport:
        await transport.send("GET", f"{base}/reset", headers={})
        with pytest.raises(LostError):
            await transport.send("GET", f"{base}/reset", headers={})
    # A second silent copy would be a call that no permit covers.
    assert server.calls == 2


async def test_a_refused_connection_is_known_to_have_sent_nothing(unused_tcp_port: int) -> None:
    async with PooledTransport(CONFIG) as transport:
        with pytest.raises(NotSentError):
            await transport.send("GET", f"http://127.0.0.1:{unused_tcp_port}/", headers={})


async def test_redirects_are_answers_and_not_followed(upstream: tuple[Upstream, str]) -> None:
    server, base = upstream
    async with PooledTransport(CONFIG) as transport:
        assert (await transport.send("GET", f"{base}/moved", headers={})).status == 302
    assert server.calls == 1
