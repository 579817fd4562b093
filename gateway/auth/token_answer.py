"""Asks Spotify's accounts service for tokens; no error of it tells a token, a code or a secret."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson

from gateway.errors import UpstreamUnavailableError
from gateway.transport import Response, Transport, TransportError

AHEAD_S = 60.0
"""A token is renewed this long before it expires, so that none expires on its way."""

REFUSAL_S = 30.0
"""What was refused is not offered again for this long; asking faster does not make it right."""

CHECK_APP = "check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET"
"""What to do when Spotify does not take the app itself."""

INVALID_GRANT = "invalid_grant"
"""Word of the accounts service for a code or a refresh token that is worth nothing, now or ever."""

_LONGEST_WORDS = 300
_LONGEST_LIFE_S = 366 * 86_400.0
_REFUSING = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED})
_IN_A_HEADER = re.compile(r"[\x21-\x7e]+")
_SECRET_FIELDS = ("code", "code_verifier", "refresh_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The Spotify app on whose quota calls are made."""

    client_id: str
    client_secret: str = field(repr=False)
    accounts_url: str


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """Tokens as they came.

    Attributes:
        access_token: What calls carry.
        expires_in_s: How long it is good.
        refresh_token: What the next one is asked for with; empty if none came, and the one that was used stays.
        scopes: What the user granted; None if that was not said.
    """

    access_token: str = field(repr=False)
    expires_in_s: float
    refresh_token: str = field(default="", repr=False)
    scopes: frozenset[str] | None = None


class TokenRefusedError(Exception):
    """The accounts service says no (RFC 6749, section 5.2): `error` is its word, `said` its sentence."""

    def __init__(self, error: str, said: str) -> None:
        super().__init__(f"{error}: {said}")
        self.error = error
        self.said = said


async def ask(
    transport: Transport, credentials: Credentials, *, form: Mapping[str, str], with_secret: bool
) -> TokenAnswer:
    """Send `form` to the token endpoint.

    Args:
        transport: Carries it.
        credentials: The app that asks.
        form: The grant.
        with_secret: Whether the app proves itself (RFC 6749, section 2.3.1); else the form names it (PKCE).

    Raises:
        TokenRefusedError: The grant, or the app, is not taken.
        UpstreamUnavailableError: Anything else that is no token.
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if with_secret:
        pair = f"{credentials.client_id}:{credentials.client_secret}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    else:
        form = {**form, "client_id": credentials.client_id}
    url = f"{credentials.accounts_url}/api/token"
    try:
        response = await transport.send("POST", url, headers=headers, data=urlencode(form).encode())
    except TransportError as error:
        raise UpstreamUnavailableError(
            f"Spotify's accounts service cannot be reached ({error}); try again shortly"
        ) from error
    secrets = (credentials.client_secret, *(form.get(name, "") for name in _SECRET_FIELDS))
    return _read(response, secrets)


def _read(response: Response, secrets: Iterable[str]) -> TokenAnswer:
    document = _document(response.body)
    refusal = document.get("error")
    # Words other than the standard's are those of something in between, and end no sign-in.
    if response.status in _REFUSING and isinstance(refusal, str):
        said = _without(secrets, str(document.get("error_description") or refusal))
        raise TokenRefusedError(refusal, said[:_LONGEST_WORDS])
    if response.status != HTTPStatus.OK:
        raise UpstreamUnavailableError(f"Spotify's accounts service answered {response.status}; try again shortly")
    try:
        return _tokens(document)
    # Not chained: the cause may quote what came.
    except (KeyError, TypeError, ValueError):
        raise UpstreamUnavailableError("Spotify's accounts service sent no token; try again shortly") from None


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _tokens(document: Mapping[str, Any]) -> TokenAnswer:
    expires_in_s = float(document["expires_in"])
    if not 0 < expires_in_s < _LONGEST_LIFE_S:
        raise ValueError("no life")
    scope = document.get("scope")
    return TokenAnswer(
        _token(document["access_token"]),
        expires_in_s,
        _token(document["refresh_token"]) if document.get("refresh_token") else "",
        frozenset(scope.split()) if isinstance(scope, str) else None,
    )


def _token(value: object) -> str:
    if not (isinstance(value, str) and _IN_A_HEADER.fullmatch(value)):
        raise ValueError("no token")
    return value


def _without(secrets: Iterable[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return text
