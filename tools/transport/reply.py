"""Answers one POST; plain JSON until something has to be said before the answer, then a stream."""

import asyncio
from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import Self

from aiohttp import web

from tools.transport.guards import Accepts
from tools.transport.outbox import Outbox
from tools.transport.stream import EventStreams, abort
from tools.transport.task_scope import TaskScope
from tools.transport.vigil import Still, always


class Reply:
    """The response to one POST, and the channel of the calls in it.

    Only the first message before the answer starts a task (the one that writes the stream), so that a call
    which says nothing in between costs none.
    """

    def __init__(
        self,
        request: web.Request,
        streams: EventStreams,
        *,
        accepts: Accepts,
        limit: int,
        headers: Mapping[str, str],
        still: Still = always,
    ) -> None:
        self._request = request
        self._streams = streams
        self._accepts = accepts
        self._headers = headers
        self._still = still
        self._outbox = Outbox(limit=limit, on_overflow=partial(abort, request))
        self._tasks = TaskScope()
        self._stream: asyncio.Task[web.StreamResponse] | None = None

    @property
    def open(self) -> bool:
        """Whether a message before the answer can still be sent; never to a client that reads JSON only."""
        return self._accepts.events and self._outbox.open

    def put(self, message: bytes) -> None:
        """Send `message` ahead of the answer."""
        if self.open:
            self._started()
            self._outbox.put(message)

    async def finish(self, answer: bytes, *, status: int = 200) -> web.StreamResponse:
        """Give the answer; a stream, once begun, has status 200 whatever the answer is."""
        if self._stream is None and self._accepts.json:
            return web.Response(body=answer, status=status, content_type="application/json", headers=self._headers)
        self.put(answer)
        return await self._end()

    async def abandon(self) -> web.StreamResponse:
        """End without an answer, as a cancelled request must (2025-11-25, basic/utilities/cancellation)."""
        if not self._accepts.events:
            return web.Response(status=202, headers=self._headers)
        return await self._end()

    async def _end(self) -> web.StreamResponse:
        self._outbox.close()
        return await self._started()

    def _started(self) -> asyncio.Task[web.StreamResponse]:
        if self._stream is None:
            work = self._streams.run(self._request, self._outbox, headers=self._headers, still=self._still)
            self._stream = self._tasks.spawn(work)
        return self._stream

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._outbox.close()
        await self._tasks.aclose()
