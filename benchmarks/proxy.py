"""A way to a server that is as slow as it is told, or cut; bytes arrive in their order, each after the delay."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, closing, suppress
from typing import Final

CHUNK_BYTES: Final = 65_536


class SlowProxy:
    """Passes on what comes to `port` of this machine to `target`, another port of it, and back.

    Attributes:
        port: Where it listens.
        delay_s: Seconds that each direction takes longer, from the next byte on.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self.delay_s = 0.0
        self._target = target
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_cut = False

    def cut(self, *, off: bool) -> None:
        """Close all connections and let none through any more, or let them through again."""
        self._is_cut = off
        if off:
            for task in self._tasks:
                task.cancel()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["SlowProxy"]:
        """Listen; afterwards all connections are closed."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            self.cut(off=True)
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.close()
            return
        # A plain function, so that the task is ours: the server's own would be left behind by its close.
        task = asyncio.create_task(self._connect(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            with closing(far_writer):
                await _first_of(self._carry(reader, far_writer), self._carry(far_reader, writer))

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        await _first_of(self._take(source, way), _give(way, sink))

    async def _take(self, source: asyncio.StreamReader, way: asyncio.Queue[tuple[float, bytes]]) -> None:
        loop = asyncio.get_running_loop()
        while data := await source.read(CHUNK_BYTES):
            way.put_nowait((loop.time() + self.delay_s, data))


async def _give(way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due, data = await way.get()
        await asyncio.sleep(due - loop.time())
        sink.write(data)
        await sink.drain()


async def _first_of(*works: Coroutine[object, object, None]) -> None:
    """Run them until one ends, and cancel the others.

    Raises:
        OSError: The one that ended had lost its connection.
    """
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
