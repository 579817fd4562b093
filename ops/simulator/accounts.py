"""The accounts service: hands out opaque tokens, each good for exactly its lifetime."""

import base64
import binascii
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import BasicAuth, hdrs, web

from ops.simulator.answers import ApiError, OAuthError, json_answer
from ops.simulator.config import SimulatorConfig
from ops.simulator.people.scopes import granted
from ops.simulator.people.society import Society

TOKEN_PATH: Final = "/api/token"  # noqa: S105 - a path
EXPIRED: Final = "The access token expired"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
REMEMBERED: Final = 10_000
CONSENT_S: Final = 182 * 86_400.0
"""How long a consent lasts: six months from the login, which refreshing does not extend."""


@dataclass(frozen=True, slots=True)
class Session:
    """Whose token a call carries: `user` is None for the application's own; `now` is when it was checked."""

    user: str | None
    scopes: frozenset[str]
    now: float


@dataclass(frozen=True, slots=True)
class _Grant:
    expires: float
    user: str | None = None
    scopes: frozenset[str] = frozenset()


SESSION: Final = web.RequestKey("SESSION", Session)
"""Where a request whose token is good keeps its session."""


class TokenDesk:
    """Issues and checks tokens; times are seconds of the injected clock."""

    __slots__ = ("_access", "_clock", "_config", "_refresh", "_serial", "_society")

    def __init__(self, config: SimulatorConfig, clock: Callable[[], float], *, society: Society) -> None:
        self._config = config
        self._clock = clock
        self._society = society
        self._serial = 0
        self._access: OrderedDict[str, _Grant] = OrderedDict()
        self._refresh: dict[str, _Grant] = {}

    async def handle(self, request: web.Request) -> web.Response:
        """Answer `POST /api/token` for the client-credentials and the refresh-token grant.

        Raises:
            OAuthError: as RFC 6749 section 5.2 demands; Spotify answers all of them with 400.
        """
        if request.content_type != FORM_TYPE:
            raise OAuthError("invalid_request", f"Content-Type must be {FORM_TYPE}")
        form = {name: str(value) for name, value in (await request.post()).items()}
        self._authenticate(request.headers.get(hdrs.AUTHORIZATION), form)
        return json_answer(self._exchange(form), cache_control="no-store")

    def login(self, user_id: str, scopes: str = "all") -> dict[str, Any]:
        """What a user's consent to `scopes`, a space-separated list, ends in: the body of a token answer.

        Raises:
            ValueError: for a user or a scope that does not exist.
        """
        if self._society.user(user_id) is None:
            known = ", ".join(user.id for user in self._society)
            raise ValueError(f"there is no user {user_id!r}; the users are {known}")
        consent = _Grant(self._clock() + CONSENT_S, user_id, granted(scopes))
        refresh = self._mint("AQ")
        self._refresh[refresh] = consent
        return {**self._token_of(consent), "refresh_token": refresh}

    def revoke(self, user_id: str) -> None:
        """Withdraw all consents of a user; access tokens live on until they expire, as in life."""
        self._refresh = {token: grant for token, grant in self._refresh.items() if grant.user != user_id}

    def check(self, authorization: str | None) -> Session:
        """Accept an `Authorization` header value.

        Raises:
            ApiError: 401 with the words that tell a missing, a wrong and an expired token apart.
        """
        if not authorization:
            raise ApiError(401, "No token provided")
        scheme, _, token = authorization.partition(" ")
        grant = self._access.get(token.strip())
        if scheme.lower() != "bearer" or grant is None:
            raise ApiError(401, "Invalid access token")
        now = self._clock()
        if now >= grant.expires:
            raise ApiError(401, EXPIRED)
        return Session(grant.user, grant.scopes, now)

    def _exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        grant = form.get("grant_type")
        if not grant:
            raise OAuthError("unsupported_grant_type", "grant_type parameter is missing")
        if grant == "authorization_code":
            raise OAuthError("invalid_grant", "Invalid authorization code")
        if grant == "refresh_token":
            return self._refreshed(form.get("refresh_token", ""))
        if grant != "client_credentials":
            raise OAuthError(
                "unsupported_grant_type",
                "grant_type must be client_credentials, authorization_code or refresh_token",
            )
        return self._token_of(_Grant(0.0))

    def _refreshed(self, refresh: str) -> dict[str, Any]:
        consent = self._refresh.get(refresh)
        if consent is None:
            raise OAuthError("invalid_grant", "Invalid refresh token")
        if self._clock() >= consent.expires:
            raise OAuthError("invalid_grant", "Refresh token expired")
        if not self._config.rotate_refresh_tokens:
            return self._token_of(consent)
        del self._refresh[refresh]
        successor = self._mint("AQ")
        self._refresh[successor] = consent
        return {**self._token_of(consent), "refresh_token": successor}

    def _token_of(self, consent: _Grant) -> dict[str, Any]:
        token, expires = self._mint("BQ"), self._clock() + self._config.token_ttl_s
        self._access[token] = replace(consent, expires=expires)
        if len(self._access) > REMEMBERED:
            self._access.popitem(last=False)
        body = {"access_token": token, "token_type": "Bearer", "expires_in": self._config.token_ttl_s}
        return body if consent.user is None else {**body, "scope": " ".join(sorted(consent.scopes))}

    def _mint(self, prefix: str) -> str:
        self._serial += 1
        digest = hashlib.sha512(f"token:{self._config.seed}:{self._serial}".encode()).digest()
        return prefix + base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _authenticate(self, authorization: str | None, form: Mapping[str, str]) -> None:
        # An application that can keep no secret (PKCE) names itself in the form, for a refresh only.
        if authorization is None and form.get("grant_type") == "refresh_token" and "client_id" in form:
            given, expected = form["client_id"], self._config.client_id
        else:
            given, expected = _basic(authorization or ""), f"{self._config.client_id}:{self._config.client_secret}"
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise OAuthError("invalid_client", "Invalid client")


def _basic(authorization: str) -> str:
    try:
        given = BasicAuth.decode(authorization, encoding="utf-8")
    except (ValueError, binascii.Error) as error:
        raise OAuthError("invalid_client", "Invalid client") from error
    return f"{given.login}:{given.password}"


TOKEN_DESK: Final = web.AppKey("TOKEN_DESK", TokenDesk)
"""Where an application made by `create_app` keeps its desk; `app[TOKEN_DESK].login("demo")` signs in."""
