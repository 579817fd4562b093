"""Asks the client and matches its answers; a question whose answer cannot come any more fails at once."""

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from mcp.shared.dispatcher import CallOptions, ProgressFnT, as_request_id, coerce_request_id
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT, ErrorData, JSONRPCError, JSONRPCResponse, RequestId

from tools.transport import wire
from tools.transport.outbox import Channel

_GONE = ErrorData(code=CONNECTION_CLOSED, message="The client left before it answered")


class Peer(Protocol):
    """The other side, as far as it can be asked something."""

    @property
    def answers(self) -> bool:
        """Whether the protocol lets the server ask this client."""
        ...

    async def ask(
        self, channel: Channel, method: str, *, params: Mapping[str, Any] | None, opts: CallOptions
    ) -> dict[str, Any]:
        """Send a request over `channel` and wait for its result."""
        ...


class SilentPeer:
    """A client that the protocol forbids to ask: 2026-07-28 has no requests from server to client."""

    answers: Final = False

    async def ask(
        self,
        channel: Channel,  # noqa: ARG002 - the Peer signature
        method: str,
        *,
        params: Mapping[str, Any] | None,  # noqa: ARG002
        opts: CallOptions,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Refuse."""
        raise NoBackChannelError(method)


@dataclass(frozen=True, slots=True)
class _Question:
    channel: Channel
    answer: asyncio.Future[dict[str, Any] | ErrorData]
    on_progress: ProgressFnT | None


class SessionPeer:
    """The client of one session; its questions are numbered per session."""

    answers: Final = True

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._questions: dict[RequestId, _Question] = {}

    async def ask(
        self, channel: Channel, method: str, *, params: Mapping[str, Any] | None, opts: CallOptions
    ) -> dict[str, Any]:
        """Send a request over `channel` and wait for its result, at most `opts["timeout"]` seconds.

        Raises:
            MCPError: the client answered with an error, was too slow or is gone.
        """
        if not channel.open:
            raise NoBackChannelError(method)
        question_id = next(self._ids)
        question = _Question(channel, asyncio.get_running_loop().create_future(), opts.get("on_progress"))
        self._questions[question_id] = question
        channel.put(wire.request(question_id, method, params=_tracked(params, question_id, opts=opts)))
        try:
            async with asyncio.timeout(opts.get("timeout")):
                outcome = await question.answer
        except TimeoutError:
            raise MCPError(REQUEST_TIMEOUT, f"The client did not answer {method} in time") from None
        finally:
            del self._questions[question_id]
            if not _answered(question.answer) and opts.get("cancel_on_abandon", True):
                channel.put(wire.notification("notifications/cancelled", {"requestId": question_id}))
        if isinstance(outcome, ErrorData):
            raise MCPError.from_error_data(outcome)
        return outcome

    def answered(self, message: JSONRPCResponse | JSONRPCError) -> None:
        """Hand an answer to whoever asked; an answer to nothing is dropped."""
        key = None if message.id is None else coerce_request_id(message.id)
        question = self._questions.get(key) if key is not None else None
        if question is not None:
            _resolve(question, message.error if isinstance(message, JSONRPCError) else message.result)

    async def progressed(self, params: Mapping[str, Any] | None) -> None:
        """Hand the client's progress on a question to whoever asked for it."""
        given = params or {}
        token = as_request_id(given.get("progressToken"))
        question = None if token is None else self._questions.get(coerce_request_id(token))
        progress = given.get("progress")
        if question is not None and question.on_progress is not None and isinstance(progress, int | float):
            await question.on_progress(progress, given.get("total"), given.get("message"))

    def lost(self, channel: Channel) -> None:
        """Fail the questions that went out over `channel`, which is gone."""
        for question in self._questions.values():
            if question.channel is channel:
                _resolve(question, _GONE)

    def close(self) -> None:
        """Fail every question."""
        for question in self._questions.values():
            _resolve(question, _GONE)


def _resolve(question: _Question, outcome: dict[str, Any] | ErrorData) -> None:
    if not question.answer.done():
        question.answer.set_result(outcome)


def _answered(answer: asyncio.Future[dict[str, Any] | ErrorData]) -> bool:
    return answer.done() and not answer.cancelled()


def _tracked(params: Mapping[str, Any] | None, question_id: int, *, opts: CallOptions) -> Mapping[str, Any] | None:
    if opts.get("on_progress") is None:
        return params
    meta = {**((params or {}).get("_meta") or {}), "progressToken": question_id}
    return {**(params or {}), "_meta": meta}
