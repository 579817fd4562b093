"""How answers look on the wire: every body and header that leaves the simulator is made here."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from aiohttp import web

JSON_TYPE: Final = "application/json; charset=utf-8"
TEXT_TYPE: Final = "text/plain; charset=utf-8"
FRESH: Final = "public, max-age=0"
PRIVATE: Final = "private, max-age=0"


class ApiError(Exception):
    """A refusal in the shape of the Web API: `{"error": {"status", "message"[, "reason"]}}`.

    `retry_after` is in seconds and becomes a header.
    """

    def __init__(
        self, status: int, message: str, *, reason: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.retry_after = retry_after

    def response(self) -> web.Response:
        """The error as an answer."""
        error: dict[str, Any] = {"status": self.status, "message": self.message}
        if self.reason is not None:
            error["reason"] = self.reason
        return json_answer(
            {"error": error}, status=self.status, cache_control=PRIVATE, headers=retry_header(self.retry_after)
        )


class TextError(Exception):
    """A refusal of the Web API that is not JSON, as those are that Spotify's edge decides."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    def response(self) -> web.Response:
        """The error as an answer."""
        return text_answer(self.text, status=self.status)


class OAuthError(Exception):
    """A refusal in the shape of the accounts service, RFC 6749 section 5.2: `{"error", "error_description"}`."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status

    def response(self) -> web.Response:
        """The error as an answer."""
        body = {"error": self.error, "error_description": self.description}
        return json_answer(body, status=self.status, cache_control=PRIVATE)


def json_answer(
    body: object, *, status: int = 200, cache_control: str = FRESH, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An answer with a JSON body."""
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        headers={"Content-Type": JSON_TYPE, "Cache-Control": cache_control, **(headers or {})},
    )


def text_answer(text: str, *, status: int, retry_after: int | None = None) -> web.Response:
    """An error that is not JSON, as Spotify's edge sends now and then."""
    headers = {"Content-Type": TEXT_TYPE, "Cache-Control": PRIVATE, **retry_header(retry_after)}
    return web.Response(body=text.encode(), status=status, headers=headers)


def phrase(status: int) -> str:
    """The usual words for a status."""
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Server error"


def retry_header(retry_after: int | None) -> dict[str, str]:
    """The Retry-After header, or none at all."""
    return {} if retry_after is None else {"Retry-After": str(retry_after)}
