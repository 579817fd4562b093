"""Turns what a handler returned or raised into a JSON-RPC response; nothing from inside it reaches wire or log."""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from mcp.shared.jsonrpc_dispatcher import handler_exception_to_error_data
from mcp_types import INTERNAL_ERROR, ErrorData, RequestId
from pydantic import ValidationError

from tools.transport import wire

_log = logging.getLogger("fermata.mcp")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response message and the HTTP status that 2026-07-28 gives it."""

    body: bytes
    status: int = 200


async def settle(request_id: RequestId, work: Awaitable[dict[str, Any]]) -> Answer:
    """Await `work` and word its outcome. Cancellation is no outcome: it propagates."""
    try:
        return await _attempt(request_id, work)
    except Exception as error:  # noqa: BLE001 - the top handler: one bad tool must not take a connection down
        return broken(request_id, error)


def broken(request_id: RequestId, error: Exception) -> Answer:
    """Word a fault of the program, which is not for the client to see."""
    # The type only: messages and tracebacks of tool errors quote arguments.
    _log.error("mcp.handler_failed error=%s", type(error).__name__)
    return _failed(request_id, ErrorData(code=INTERNAL_ERROR, message="Internal server error"))


async def _attempt(request_id: RequestId, work: Awaitable[dict[str, Any]]) -> Answer:
    try:
        return Answer(wire.result(request_id, await work))
    except (MCPError, ValidationError) as error:
        known = handler_exception_to_error_data(error)
        if known is None:
            raise
        return _failed(request_id, known)


def _failed(request_id: RequestId, error: ErrorData) -> Answer:
    return Answer(wire.failure(request_id, error), ERROR_CODE_HTTP_STATUS.get(error.code, 200))
