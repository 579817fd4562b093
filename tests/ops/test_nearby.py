"""What tells of the process is for this machine: neither other machines nor a proxy's guests may read it."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from ops.metrics import Metrics
from ops.serve import listening
from raw_http import line, request


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = web.Application()
    Metrics().mount(app)
    async with listening(app, "0.0.0.0", port=0) as base:  # noqa: S104 - to be reached from elsewhere is the point
        yield int(base.rpartition(":")[2])


async def status(port: int, data: bytes, *, host: str = "127.0.0.1") -> int:
    def ask() -> int:
        with line(port, host=host) as one:
            return one.ask(data).status

    return await asyncio.to_thread(ask)


def outside() -> str:
    """An address of this machine that other machines would use."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


async def test_this_machine_reads_the_metrics(port: int) -> None:
    assert await status(port, request("/metrics")) == 200
    assert await status(port, request("/metrics", host="localhost:8080")) == 200


@pytest.mark.parametrize(
    "data",
    [
        request("/metrics", host="music.example.com"),
        request("/metrics", ("X-Forwarded-For", "203.0.113.9")),
        request("/metrics", ("Forwarded", "for=203.0.113.9")),
        request("/metrics", ("X-Real-IP", "203.0.113.9")),
        request("/metrics", ("Via", "1.1 proxy")),
    ],
)
async def test_a_proxy_on_this_machine_does_not_open_them_to_its_guests(port: int, data: bytes) -> None:
    assert await status(port, data) == 403


async def test_another_machine_does_not_read_them(port: int) -> None:
    address = outside()
    if address == "127.0.0.1":
        pytest.skip("this machine has no address but its own")
    assert await status(port, request("/metrics"), host=address) == 403
