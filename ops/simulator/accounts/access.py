"""Access tokens: opaque, and each good for exactly its lifetime unless its user is thrown out."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from ops.simulator.answers import ApiError

EXPIRED: Final = "The access token expired"
REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """Whose token a call carries: `user` is None for the application's own; `now` is when it was checked."""

    user: str | None
    scopes: frozenset[str]
    now: float


SESSION: Final = web.RequestKey("SESSION", Session)
"""Where a request whose token is good keeps its session."""


@dataclass(frozen=True, slots=True)
class _Pass:
    expires: float
    user: str | None
    scopes: frozenset[str]


class AccessTokens:
    """The latest 10,000 access tokens; `clock` gives seconds, of which each lives `ttl_s`."""

    __slots__ = ("_clock", "_passes", "_ttl_s")

    def __init__(self, clock: Callable[[], float], ttl_s: float) -> None:
        self._clock = clock
        self._ttl_s = ttl_s
        self._passes: OrderedDict[str, _Pass] = OrderedDict()

    def keep(self, token: str, *, user: str | None, scopes: frozenset[str]) -> None:
        """Let a token be good from now on."""
        self._passes[token] = _Pass(self._clock() + self._ttl_s, user, scopes)
        if len(self._passes) > REMEMBERED:
            self._passes.popitem(last=False)

    def end(self, user: str) -> None:
        """Make all tokens of a user worth nothing."""
        for token in [token for token, one in self._passes.items() if one.user == user]:
            del self._passes[token]

    def check(self, authorization: str | None) -> Session:
        """Accept an `Authorization` header value.

        Raises:
            ApiError: 401 with the words that tell a missing, a wrong and an expired token apart.
        """
        if not authorization:
            raise ApiError(401, "No token provided")
        scheme, _, token = authorization.partition(" ")
        found = self._passes.get(token.strip())
        if scheme.lower() != "bearer" or found is None:
            raise ApiError(401, "Invalid access token")
        now = self._clock()
        if now >= found.expires:
            raise ApiError(401, EXPIRED)
        return Session(found.user, found.scopes, now)
