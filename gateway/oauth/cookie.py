"""Ties a transaction to one browser: each has a cookie of its own, and none that a browser brings is adopted."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

_MOST: Final = 8
"""Transactions of one browser at once. Cookies count against what a server takes of headers, and a page elsewhere
can open ours as often as it likes."""


class BrowserCookie:
    """The cookies of one gateway.

    Args:
        issuer: Its public address.
        ttl_s: How long a browser keeps one, in seconds.
    """

    def __init__(self, issuer: str, ttl_s: float) -> None:
        self._secure = issuer.startswith("https://")
        # With this prefix browsers take it from this very host only, over https, and for all of it.
        self._prefix = "__Host-fermata-" if self._secure else "fermata-"
        self._ttl_s = int(ttl_s)

    def of(self, cookies: Mapping[str, str], transaction: str) -> str:
        """Return what the browser brought for a transaction, or nothing."""
        return cookies.get(self._prefix + transaction, "")

    def give(self, response: web.Response, cookies: Mapping[str, str], *, transaction: str, value: str) -> None:
        """Give the browser the cookie of a new transaction, and take the oldest from one that has many."""
        held = [name for name in cookies if name.startswith(self._prefix)]
        for name in held[: max(0, len(held) - _MOST + 1)]:
            self._set(response, name, "", ttl_s=0)
        self._set(response, self._prefix + transaction, value, ttl_s=self._ttl_s)

    def take(self, response: web.Response, transaction: str) -> None:
        """Take the cookie from the browser: the transaction is over."""
        self._set(response, self._prefix + transaction, "", ttl_s=0)

    def _set(self, response: web.Response, name: str, value: str, *, ttl_s: int) -> None:
        # Lax, not Strict: the way back from Spotify begins at another site.
        response.set_cookie(
            name, value, max_age=ttl_s, path="/", secure=self._secure, httponly=True, samesite="Lax"
        )
