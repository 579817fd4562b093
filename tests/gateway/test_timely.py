"""How long a body may take, and that nothing is done with one that took longer."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

from aiohttp import web
from yarl import URL

from gateway.lanes import LANES, Lane
from gateway.timely import TimelyBodies
from house import running
from ops.bootstrap import build_app
from ops.serve import listening
from virtual_time import run


@dataclass
class Request:
    """A request whose body comes after `body_s`; it is its own content and transport."""

    body_s: float
    aborted_at: float | None = None
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def content(self) -> "Request":
        return self

    @property
    def transport(self) -> "Request":
        return self

    def is_eof(self) -> bool:
        return asyncio.get_running_loop().time() >= self.began + self.body_s

    def abort(self) -> None:
        self.aborted_at = asyncio.get_running_loop().time() - self.began


async def aborted_at(*, body_s: float, works_s: float) -> float | None:
    async def work(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(works_s)
        return web.Response()

    request = Request(body_s)
    await TimelyBodies(10.0).ahead_of(work)(cast("web.BaseRequest", request))
    await asyncio.sleep(100)
    return request.aborted_at


def test_only_a_body_that_does_not_come_in_time_ends_its_connection() -> None:
    async def main() -> None:
        assert await aborted_at(body_s=0, works_s=60) is None
        assert await aborted_at(body_s=9, works_s=60) is None
        # Refused unread.
        assert await aborted_at(body_s=60, works_s=1) is None
        assert await aborted_at(body_s=60, works_s=60) == 10

    run(main())


async def test_what_did_not_come_in_time_is_not_read_and_its_handler_is_told() -> None:
    left, read = asyncio.Event(), False

    async def take(request: web.Request) -> web.Response:
        nonlocal read
        try:
            await request.read()
        except asyncio.CancelledError:
            left.set()
            raise
        read = True
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    lanes: list[Lane] = [TimelyBodies(0.01)]
    app[LANES] = lanes
    async with listening(app, "127.0.0.1", port=0) as base, asyncio.timeout(10):
        _, writer = await asyncio.open_connection("127.0.0.1", URL(base).port)
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345")
        await left.wait()
        assert not read
        writer.close()


async def test_the_gateway_watches_the_clock_before_anything_is_read() -> None:
    async with running() as house:
        assert isinstance(build_app(house.gateway)[LANES][-1], TimelyBodies)
