"""A Spotify that says in every object whose token it was read with, so that a test sees whose answers it holds."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from ops.simulator import TOKEN_DESK
from ops.simulator.answers import ApiError, TextError

_SHOWN: Final = frozenset({"name", "display_name", "description"})
"""Texts that tools show as they are, where fields that they do not know are left out."""


def mark_of(user: str) -> str:
    """Return what stands in everything that was read with a token of `user`."""
    return f"(read by {user})"


def marked(simulator: web.Application) -> None:
    """Let a simulator mark its answers; what the app's own token reads is everybody's, and stays as it is."""
    desk = simulator[TOKEN_DESK]

    @web.middleware
    async def mark(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        try:
            user = desk.check(request.headers.get(hdrs.AUTHORIZATION)).user
        except (ApiError, TextError):
            return response
        if user and isinstance(response, web.Response) and isinstance(response.body, bytes) and response.body:
            response.body = orjson.dumps(_marked(orjson.loads(response.body), mark_of(user)))
        return response

    simulator.middlewares.append(mark)


def _marked(value: Any, mark: str) -> Any:
    if isinstance(value, list):
        return [_marked(member, mark) for member in value]
    if not isinstance(value, dict):
        return value
    found = {name: _marked(member, mark) for name, member in value.items()}
    found |= {name: f"{found[name]} {mark}" for name in _SHOWN & found.keys() if isinstance(found[name], str)}
    return {**found, "read_by": mark}


def readers_in(text: str, users: Iterable[str]) -> set[str]:
    """Return the users whose answers `text` holds something of."""
    return {user for user in users if mark_of(user) in text}


def is_found(status: int) -> bool:
    """Tell whether an answer holds what was asked for."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
