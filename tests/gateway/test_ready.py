import asyncio

from aiohttp import web

from gateway.ready import Typesetter
from raw_http import RawAnswer, line, request

HEADERS = {"Content-Type": "application/json", "X-Request-Id": "7"}


async def answers(data: bytes, *, ready: bool, status: int = 200, body: bytes = b"{}") -> list[RawAnswer]:
    """What two requests over one connection are answered."""
    typesetter = Typesetter(wall_clock=lambda: 784111777)

    async def handle(asked: web.BaseRequest) -> web.StreamResponse:
        if ready:
            return typesetter.response(asked, status, HEADERS, body=body)
        return web.Response(status=status, headers=HEADERS, body=body or None)

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()

        def talk() -> list[RawAnswer]:
            with line(runner.addresses[0][1]) as one:
                return [one.ask(data) for _ in range(2)]

        return await asyncio.to_thread(talk)
    finally:
        await runner.cleanup()


async def test_it_says_what_aiohttp_would_say_in_the_same_order() -> None:
    for status, body in ((200, b"{}"), (202, b""), (200, b"x" * 100_000)):
        here = await answers(request("/"), ready=True, status=status, body=body)
        there = await answers(request("/"), ready=False, status=status, body=body)
        assert [one.without("Date") for one in here] == [one.without("Date") for one in there]


async def test_the_date_is_that_of_the_clock() -> None:
    first, _ = await answers(request("/"), ready=True)
    assert first["Date"] == "Sun, 06 Nov 1994 08:49:37 GMT"


async def test_an_older_client_that_stays_gets_what_it_needs() -> None:
    data = request("/", ("Connection", "keep-alive"), version="1.0")
    first, second = await answers(data, ready=True)
    assert first["Connection"] == second["Connection"] == "keep-alive"
