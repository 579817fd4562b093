"""Bare HTTP/1.1 connections of the load's own: they cost little, so that the server is what is measured."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked\r\n", re.IGNORECASE)
END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `head` is status line and fields as they came."""

    status: int
    head: bytes
    body: bytes

    def field(self, name: bytes) -> bytes:
        """The value of a field, empty if there is none."""
        found = re.search(rb"\r\n" + name + rb": *([^\r]*)\r\n", self.head, re.IGNORECASE)
        return found[1] if found else b""


class Chunks:
    """Takes a chunked body apart as it comes."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self.ended = False

    def feed(self, data: bytes) -> bytes:
        """Return what `data` completes."""
        self._rest += data
        found = []
        while not self.ended and (line := self._rest.find(b"\r\n")) >= 0:
            size = int(self._rest[:line].partition(b";")[0], 16)
            begin, end = line + 2, line + 2 + size
            if len(self._rest) < end + 2:
                break
            found.append(bytes(self._rest[begin:end]))
            del self._rest[: end + 2]
            self.ended = size == 0
        return b"".join(found)


def whole(data: bytes) -> Answer | None:
    """The answer that `data` is, None if the rest of it is still to come."""
    end = data.find(END)
    if end < 0:
        return None
    head, rest = data[: end + 2], data[end + len(END) :]
    status = int(head[9:12])
    if CHUNKED.search(head):
        chunks = Chunks()
        body = chunks.feed(rest)
        return Answer(status, head, body) if chunks.ended else None
    length = LENGTH.search(head)
    return Answer(status, head, rest) if len(rest) >= int(length[1] if length else 0) else None


class Connection(asyncio.Protocol):
    """Sends one request after the other.

    Attributes:
        open: Whether nobody has hung up.
    """

    def __init__(self) -> None:
        self.open = False
        self._transport = asyncio.Transport()
        self._come = b""
        self._answer: asyncio.Future[Answer] | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return the answer.

        Raises:
            ConnectionError: The server hung up instead.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        self.open = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has no such base
        self.open = True

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._come += data
        answer = whole(self._come)
        if answer is not None and self._answer is not None:
            self._come = b""
            self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self.open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server hung up"))


class EventStream(asyncio.Protocol):
    """Sends one request and reads server-sent events for ever; comments are skipped.

    Args:
        request: What to send.
        heard: Called with name and data of each event.

    Attributes:
        refused: The status, if it is not 200; 0 while there is none.
        ended: Done when the server has hung up.
    """

    def __init__(self, request: bytes, heard: Callable[[bytes, bytes], None]) -> None:
        self._request = request
        self._heard = heard
        self._transport = asyncio.Transport()
        self._chunks = Chunks()
        self._come = b""
        self._in_body = False
        self.refused = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def close(self) -> None:
        """Hang up without a word."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has no such base
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._come += self._chunks.feed(data) if self._in_body else data
        if not self._in_body:
            head, found, rest = self._come.partition(END)
            if not found:
                return
            self._in_body = True
            status = int(head[9:12])
            self.refused = 0 if status == 200 else status  # noqa: PLR2004 - the one that is none
            self._come = self._chunks.feed(rest) if not self.refused else b""
            if self.refused:
                self.close()
        # The SDK ends lines with both characters.
        *events, self._come = self._come.replace(b"\r\n", b"\n").split(b"\n\n")
        for event in events:
            self._tell(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        del exc
        if not self.ended.done():
            self.ended.set_result(None)

    def _tell(self, event: bytes) -> None:
        fields = dict(line.split(b": ", 1) for line in event.split(b"\n") if not line.startswith(b":"))
        if b"data" in fields:
            self._heard(fields.get(b"event", b"message"), fields[b"data"])


def last_event(body: bytes) -> bytes:
    """The data of the last event of a finished stream."""
    return body.rpartition(b"data: ")[2].partition(b"\n")[0]
