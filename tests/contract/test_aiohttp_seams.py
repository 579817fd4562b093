"""What the express lane needs of aiohttp and its documentation does not promise."""

import aiohttp
from aiohttp import web

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
