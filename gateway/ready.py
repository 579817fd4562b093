"""Responses that are bytes from the start; they say what aiohttp would say, only sooner.

aiohttp makes a mapping of headers for each response, fills in what is missing and writes it out again. Here head
and body are joined once and handed to the connection.
"""

import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import SERVER_SOFTWARE

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


class ReadyResponse(web.StreamResponse):
    """A whole response to a request of HTTP/1.1, after which the connection stays open.

    `message` is all of it, head and body. Its `headers` are empty: they are in `message`.
    """

    def __init__(self, status: int, message: bytes) -> None:
        super().__init__(status=status)
        self._message = message

    @property
    def keep_alive(self) -> bool:
        """Always: the head says nothing of an end."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Learn where to write."""
        self._payload_writer = writer = request.writer
        return writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Write it, and wait if the client is behind with reading."""
        if self._payload_writer is not None:
            await self._payload_writer.write_eof(self._message + data)
        self._eof_sent, self._payload_writer = True, None


class Typesetter:
    """Makes responses; `wall_clock` is seconds since the epoch."""

    def __init__(self, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._wall_clock = wall_clock
        self._second = 0
        self._imprint = ""

    def response(
        self, request: web.BaseRequest, status: int, headers: Mapping[str, str], *, body: bytes
    ) -> web.StreamResponse:
        """Return the response to `request`; the values of `headers` are known to be plain ASCII without breaks."""
        if request.version != HttpVersion11 or not request.keep_alive:
            # Rare, and the connection's end is aiohttp's to tell.
            return web.Response(status=status, headers=headers, body=body or None)
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"HTTP/1.1 {status} {_PHRASES[status]}\r\n{lines}Content-Length: {len(body)}\r\n{self._tail()}"
        return ReadyResponse(status, head.encode() + body)

    def _tail(self) -> str:
        """Return the rest of a head: when and by what it was made."""
        second = int(self._wall_clock())
        if second != self._second:
            self._second = second
            self._imprint = f"Date: {formatdate(second, usegmt=True)}\r\nServer: {SERVER_SOFTWARE}\r\n\r\n"
        return self._imprint
