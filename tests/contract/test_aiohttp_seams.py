"""What the lanes need of aiohttp and its documentation does not promise."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from raw_http import line, request

SEEN = web.RequestKey("seen", bool)


async def test_a_connection_takes_its_handler_from_the_server_when_it_opens() -> None:
    async def inside(request: web.Request) -> web.Response:
        assert request[SEEN]
        return web.Response(text="inside")

    signals: list[str] = []

    async def note(request: web.Request, _: web.StreamResponse) -> None:
        signals.append(request.path)

    app = web.Application()
    app.router.add_get("/inside", inside)
    app.on_response_prepare.append(note)
    runner = web.AppRunner(app)
    await runner.setup()
    assert isinstance(runner.server, web.Server)
    ordinary = runner.server.request_handler

    async def ahead(request: web.BaseRequest) -> web.StreamResponse:
        # The application's own kind, with what it keeps on a request.
        assert isinstance(request, web.Request)
        request[SEEN] = True
        return await ordinary(request) if request.raw_path == "/inside" else web.Response(text="ahead")

    runner.server.request_handler = ahead
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        async with aiohttp.ClientSession(f"http://{host}:{port}") as http:
            for path, expected in (("/anything?a=%20b", "ahead"), ("/inside", "inside")):
                async with http.get(path) as response:
                    assert await response.text() == expected
                    assert {"Date", "Server", "Content-Length"} <= response.headers.keys()
    finally:
        await runner.cleanup()
    # A response that no route made is sent without the application's signals.
    assert signals == ["/inside"]


@asynccontextmanager
async def served(handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> AsyncIterator[int]:
    """Serve `handler`, and yield its port."""
    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def test_a_body_that_came_with_its_head_is_there_at_once() -> None:
    async def echo(request: web.BaseRequest) -> web.StreamResponse:
        assert request.content.is_eof()
        return web.Response(body=request.content.read_nowait())

    def talk(port: int) -> bytes:
        with line(port) as one:
            return one.ask(request("/", ("Content-Length", "9"), method="POST") + b"all of it").body

    async with served(echo) as port:
        assert await asyncio.to_thread(talk, port) == b"all of it"


@pytest.mark.parametrize("size", [1, 100, 32 * 1024])
async def test_a_small_chunk_for_an_empty_buffer_is_written_in_one_step(size: int) -> None:
    async def stream(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        assert request.transport is not None
        assert not request.transport.get_write_buffer_size()
        with pytest.raises(StopIteration):
            response.write(b"x" * size).send(None)
        return response

    async with (
        served(stream) as port,
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{port}") as response,
    ):
        assert len(await response.read()) == size
