"""Turns a request away; every refusal is a JSON-RPC error that says what is wrong and what to do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson
from aiohttp import web
from mcp_types import INTERNAL_ERROR, INVALID_REQUEST, RequestId

from gateway.errors import CredentialError, SpotifyError, whole_seconds

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class Refusal(Exception):  # noqa: N818 - a verdict on the request, not a fault of the program
    """An answer given before any handler ran."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: int = INVALID_REQUEST,
        data: Any = None,
        request_id: RequestId | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        super().__init__(message)
        self.status = status
        self._headers = headers
        detail = {} if data is None else {"data": data}
        error = {"code": code, "message": message, **detail}
        self._body = orjson.dumps({"jsonrpc": "2.0", "id": request_id, "error": error})

    def response(self) -> web.Response:
        """The HTTP response that says so."""
        return web.Response(
            body=self._body, status=self.status, content_type="application/json", headers=self._headers
        )


def unknown_caller(error: CredentialError) -> Refusal:
    """A refusal of a request whose credential is missing, or no good; nothing of it was read."""
    headers = {"WWW-Authenticate": error.challenge} if error.challenge else {}
    return Refusal(401, error.message, data={"reason": error.reason}, headers=headers)


def failed(error: SpotifyError) -> Refusal:
    """A refusal for want of something that the gateway itself needs."""
    headers = {} if error.retry_after_s is None else {"Retry-After": str(whole_seconds(error.retry_after_s))}
    return Refusal(error.status, error.message, code=INTERNAL_ERROR, headers=headers)


def too_fast(message: str, *, retry_after_s: int) -> Refusal:
    """A refusal of a caller who sends too much; `retry_after_s` is in seconds."""
    wait = {"retry_after": retry_after_s}
    return Refusal(429, message, code=INTERNAL_ERROR, data=wait, headers={"Retry-After": str(retry_after_s)})


def unavailable(message: str, *, retry_after_s: int, request_id: RequestId | None = None) -> Refusal:
    """A refusal that time heals; `retry_after_s` is in seconds."""
    return Refusal(
        503, message, code=INTERNAL_ERROR, request_id=request_id, headers={"Retry-After": str(retry_after_s)}
    )
