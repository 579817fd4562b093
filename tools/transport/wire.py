"""Writes and reads JSON-RPC messages; each message is encoded once and stays bytes from there on."""

from collections.abc import Mapping
from typing import Any

import orjson
from mcp_types import (
    INVALID_REQUEST,
    ErrorData,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
)
from pydantic import ValidationError

from tools.transport.refusal import Refusal

Message = JSONRPCRequest | JSONRPCNotification | JSONRPCResponse | JSONRPCError


def result(request_id: RequestId, value: Mapping[str, Any]) -> bytes:
    """A successful response."""
    return orjson.dumps({"jsonrpc": "2.0", "id": request_id, "result": value})


def failure(request_id: RequestId | None, error: ErrorData) -> bytes:
    """An error response; JSON-RPC wants `id: null` when the request's id is not known."""
    body = error.model_dump(mode="json", exclude_none=True)
    return orjson.dumps({"jsonrpc": "2.0", "id": request_id, "error": body})


def notification(method: str, params: Mapping[str, Any] | None) -> bytes:
    """A notification; JSON-RPC forbids `params: null`."""
    return orjson.dumps({"jsonrpc": "2.0", "method": method, **_params(params)})


def request(request_id: RequestId, method: str, *, params: Mapping[str, Any] | None) -> bytes:
    """A request from the server to its client."""
    return orjson.dumps({"jsonrpc": "2.0", "id": request_id, "method": method, **_params(params)})


def batch(messages: list[bytes]) -> bytes:
    """Several messages as one array."""
    return b"[" + b",".join(messages) + b"]"


def parse(decoded: Any) -> Message:
    """The message that a decoded JSON value is.

    Raises:
        Refusal: it is none.
    """
    if not isinstance(decoded, dict):
        raise invalid("The body must be one JSON-RPC object; arrays belong to sessions on 2025-03-26 only")
    try:
        return _model(decoded).model_validate(decoded, by_name=False)
    except ValidationError:
        raise invalid(
            'The body is not a JSON-RPC 2.0 message: send {"jsonrpc": "2.0", "id": 1, "method": "..."} '
            "with a string or whole number as id"
        ) from None


def invalid(message: str) -> Refusal:
    """The refusal of a body that is JSON but not an acceptable message."""
    return Refusal(400, message, code=INVALID_REQUEST)


def _model(decoded: dict[str, Any]) -> type[Message]:
    # JSON-RPC 2.0 section 4.1: the presence of "id", not its value, tells a request from a notification.
    if "method" in decoded:
        return JSONRPCRequest if "id" in decoded else JSONRPCNotification
    return JSONRPCError if "error" in decoded else JSONRPCResponse


def _params(params: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if params is None else {"params": params}
