"""Carries an outbox to a client as an event stream; a client that went away ends the stream, nothing else."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from aiohttp import web

from tools.transport.observer import TransportObserver, Wire
from tools.transport.outbox import KEEP_ALIVE, Outbox, do_nothing
from tools.transport.vigil import Still, always

_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-cache, no-transform",
        "X-Accel-Buffering": "no",  # tells nginx not to hold events back
    }
)

_AT_ONCE: Final = 32 * 1024
"""Bytes that fit into any connection's empty buffer; asyncio pauses a writer at 64 KiB."""

FLUSH_S: Final = 1.0
"""How long a stream that the server ends may take for its rest: no stalled reader may hold up a shutdown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStreams:
    """Opens the event streams of one wire; `keep_alive_s` of silence earn a comment line."""

    wire: Wire
    observer: TransportObserver
    keep_alive_s: float

    async def run(
        self,
        request: web.Request,
        outbox: Outbox,
        *,
        headers: Mapping[str, str],
        flush_s: float = math.inf,
        still: Still = always,
    ) -> web.StreamResponse:
        """Send what `outbox` holds until it is closed and empty, or the client is gone or `still` says no.

        `still` is asked every `keep_alive_s`, however much there is to send. Once the outbox is closed, a reader
        that has not taken the rest within `flush_s` is disconnected.
        """
        response = web.StreamResponse(headers={**_HEADERS, **headers})
        self.observer.stream_opened(self.wire)
        try:
            async with asyncio.timeout(None) as deadline:
                if flush_s < math.inf:
                    outbox.on_close(partial(_allow, deadline, flush_s))
                await response.prepare(request)
                straight = partial(_written, request, response)
                asked_at = _now()
                while chunk := await outbox.take(patience_s=self.keep_alive_s, straight=straight):
                    if chunk is KEEP_ALIVE or _now() >= asked_at + self.keep_alive_s:
                        if not await still():
                            break
                        asked_at = _now()
                    await response.write(chunk)
        except ConnectionError:
            pass
        except TimeoutError:
            abort(request)
        finally:
            outbox.on_close(do_nothing)
            outbox.close()
            self.observer.stream_closed(self.wire)
        return response


def _written(request: web.Request, response: web.StreamResponse, chunk: bytes) -> bool:
    """Write `chunk` if the reader is not behind; after False nothing has happened."""
    transport = request.transport
    if transport is None or transport.is_closing() or transport.get_write_buffer_size() or len(chunk) > _AT_ONCE:
        return False
    try:
        # So little in an empty buffer never makes the writer wait, so the coroutine ends at its first step.
        response.write(chunk).send(None)
    except StopIteration:
        return True
    raise AssertionError("writing to an empty buffer waited")


def _allow(deadline: asyncio.Timeout, seconds: float) -> None:
    deadline.reschedule(_now() + seconds)


def _now() -> float:
    return asyncio.get_running_loop().time()


def abort(request: web.Request) -> None:
    """Drop the connection at once: a reader that stopped reading would hold up an orderly end for ever."""
    if request.transport is not None:
        request.transport.abort()
