"""The accounts service: hands out opaque tokens, each good for exactly its lifetime."""

import base64
import binascii
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from aiohttp import BasicAuth, hdrs, web

from ops.simulator.answers import ApiError, OAuthError, json_answer
from ops.simulator.config import SimulatorConfig

TOKEN_PATH: Final = "/api/token"  # noqa: S105 - a path
FORM_TYPE: Final = "application/x-www-form-urlencoded"
REMEMBERED: Final = 10_000
UNKNOWN_SECRETS: Final = {
    "authorization_code": "Invalid authorization code",
    "refresh_token": "Invalid refresh token",
}
"""Grants that start from something this service has never handed out."""


class TokenDesk:
    """Issues and checks access tokens; times are seconds of the injected clock."""

    __slots__ = ("_clock", "_config", "_expiry", "_serial")

    def __init__(self, config: SimulatorConfig, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        self._serial = 0
        self._expiry: OrderedDict[str, float] = OrderedDict()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer `POST /api/token` for the client-credentials grant.

        Raises:
            OAuthError: as RFC 6749 section 5.2 demands; Spotify answers all of them with 400.
        """
        if request.content_type != FORM_TYPE:
            raise OAuthError("invalid_request", f"Content-Type must be {FORM_TYPE}")
        self._authenticate(request.headers.get(hdrs.AUTHORIZATION, ""))
        form = await request.post()
        grant = form.get("grant_type")
        if not grant:
            raise OAuthError("unsupported_grant_type", "grant_type parameter is missing")
        if grant in UNKNOWN_SECRETS:
            raise OAuthError("invalid_grant", UNKNOWN_SECRETS[str(grant)])
        if grant != "client_credentials":
            raise OAuthError(
                "unsupported_grant_type",
                "grant_type must be client_credentials, authorization_code or refresh_token",
            )
        body = {"access_token": self.issue(), "token_type": "Bearer", "expires_in": self._config.token_ttl_s}
        return json_answer(body, cache_control="no-store")

    def issue(self) -> str:
        """A new token, good for `token_ttl_s` seconds from now."""
        self._serial += 1
        digest = hashlib.sha512(f"token:{self._config.seed}:{self._serial}".encode()).digest()
        token = "BQ" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
        self._expiry[token] = self._clock() + self._config.token_ttl_s
        if len(self._expiry) > REMEMBERED:
            self._expiry.popitem(last=False)
        return token

    def check(self, authorization: str | None) -> None:
        """Accept an `Authorization` header value.

        Raises:
            ApiError: 401 with the words that tell a missing, a wrong and an expired token apart.
        """
        if not authorization:
            raise ApiError(401, "No token provided")
        scheme, _, token = authorization.partition(" ")
        expires = self._expiry.get(token.strip())
        if scheme.lower() != "bearer" or expires is None:
            raise ApiError(401, "Invalid access token")
        if self._clock() >= expires:
            raise ApiError(401, "The access token expired")

    def _authenticate(self, authorization: str) -> None:
        expected = f"{self._config.client_id}:{self._config.client_secret}"
        try:
            given = BasicAuth.decode(authorization, encoding="utf-8")
        except (ValueError, binascii.Error) as error:
            raise OAuthError("invalid_client", "Invalid client") from error
        if not hmac.compare_digest(f"{given.login}:{given.password}".encode(), expected.encode()):
            raise OAuthError("invalid_client", "Invalid client")
