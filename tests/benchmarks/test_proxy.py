"""The slow way to a server: everything arrives, in its order, late, and nothing of it is left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from benchmarks.proxy import SlowProxy
from ports import free_port

pytestmark = pytest.mark.timeout(20)


@asynccontextmanager
async def echoing() -> AsyncIterator[SlowProxy]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    port = free_port()
    async with (
        await asyncio.start_server(echo, "127.0.0.1", port),
        SlowProxy(free_port(), port).running() as proxy,
    ):
        yield proxy


async def test_bytes_come_back_in_their_order_and_not_before_both_delays() -> None:
    async with echoing() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        proxy.delay_s = 0.05
        started = asyncio.get_running_loop().time()
        writer.write(b"one ")
        await asyncio.sleep(0.01)
        proxy.delay_s = 0.0
        writer.write(b"two")
        assert await reader.readexactly(7) == b"one two"
        # What came first is not overtaken by what may go faster.
        assert asyncio.get_running_loop().time() - started >= 0.05
        writer.close()


async def test_a_cut_ends_connections_and_lets_none_through_until_it_is_over() -> None:
    async with echoing() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"x")
        assert await reader.read(1) == b"x"
        proxy.cut(off=True)
        assert await reader.read(1) == b""
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await reader.read(1) == b""
        writer.close()
        proxy.cut(off=False)
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"y")
        assert await reader.read(1) == b"y"
        writer.close()


async def test_a_server_that_is_not_there_is_a_connection_that_ends() -> None:
    async with SlowProxy(free_port(), free_port()).running() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await reader.read(1) == b""
        writer.close()
