"""Turns errors into answers in Spotify's own shape, with what its clients ignore and ours can use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web

from gateway.errors import SpotifyError, whole_seconds

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What an error answer says; see `SpotifyError` for the fields."""

    status: int
    message: str
    code: str = ""
    reason: str = ""
    retry_after_s: float | None = None


def problem_of(error: SpotifyError) -> Problem:
    """Return what `error` says to a REST caller."""
    return Problem(
        status=error.status,
        message=error.message,
        code=error.code,
        reason=error.reason,
        retry_after_s=error.retry_after_s,
    )


def response_of(problem: Problem, *, now: float, headers: Mapping[str, str] | None = None) -> web.Response:
    """Render `problem`; `now` is wall-clock seconds, for `retry_at`."""
    error: dict[str, Any] = {"status": problem.status, "message": problem.message}
    extra = dict(headers or {})
    if problem.code:
        error["code"] = problem.code
    if problem.reason:
        error["reason"] = problem.reason
    if problem.retry_after_s is not None:
        seconds = whole_seconds(problem.retry_after_s)
        error["retry_after"] = seconds
        error["retry_at"] = datetime.fromtimestamp(now + seconds, UTC).isoformat(timespec="seconds")
        extra["Retry-After"] = str(seconds)
    return web.Response(
        status=problem.status,
        body=orjson.dumps({"error": error}),
        headers={"Content-Type": JSON_TYPE, "Cache-Control": "private, max-age=0", **extra},
    )
