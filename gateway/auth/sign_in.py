"""A user's consent and what came of it, as it is kept; its text form never leaves a vault."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from gateway.auth.token_answer import AHEAD_S

CONSENT_DAYS = 182
"""Days after which Spotify ends a consent, whatever was refreshed meanwhile (six months, since June 2026)."""

WARN_DAYS = 17.0
"""Days before the end of a consent from which on people are warned of it; time for two weekends."""

KIND = "sign-in"
"""The vault's kind of these records; the key is the principal's id."""

_VERSION = 1
"""Rises with every change that an older gateway would misread; that one then takes the record for none."""

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What is known of one sign-in. Times are wall-clock seconds.

    Attributes:
        consent: Random name of the consent; another one with each sign-in. Holds no secret.
        refresh_token: What new access tokens are asked for with.
        access_token: The newest one; empty if there was none yet.
        expires_at: When that ends.
        scopes: What the user granted; None if Spotify has not said.
        authorized_at: When the user consented; None if that is not known.
        user_id: The user's id at Spotify; empty as long as nobody asked.
        user_name: The name to show.
        with_secret: Whether the app's secret goes with a refresh; a consent by PKCE names the client id only.
    """

    consent: str
    refresh_token: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    expires_at: float = 0.0
    scopes: frozenset[str] | None = None
    authorized_at: float | None = None
    user_id: str = ""
    user_name: str = ""
    with_secret: bool = False

    def encode(self) -> bytes:
        """Return it as JSON, for a vault."""
        scopes = None if self.scopes is None else sorted(self.scopes)
        return orjson.dumps({**asdict(self), "version": _VERSION, "scopes": scopes})

    @classmethod
    def decode(cls, data: bytes) -> "SignIn | None":
        """Return what `encode` wrote; None if it cannot be read, such as that of a newer version."""
        try:
            document = orjson.loads(data)
            return _read(document) if document["version"] == _VERSION else None
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return None

    def days_left(self, now: float) -> float | None:
        """Return the days until Spotify ends the consent; None if its beginning is not known."""
        if self.authorized_at is None:
            return None
        return max(0.0, CONSENT_DAYS - (now - self.authorized_at) / _DAY_S)

    def is_fresh(self, now: float) -> bool:
        """Tell whether the access token is good for at least another minute."""
        return bool(self.access_token) and now < self.expires_at - AHEAD_S


def _read(document: Mapping[str, Any]) -> SignIn:
    """Return the sign-in in `document`; a member that is missing or of another type raises."""
    scopes, authorized_at = document["scopes"], document["authorized_at"]
    return SignIn(
        consent=_text(document["consent"]),
        refresh_token=_text(document["refresh_token"]),
        access_token=_text(document["access_token"]),
        expires_at=float(document["expires_at"]),
        scopes=None if scopes is None else frozenset(_text(scope) for scope in scopes),
        authorized_at=None if authorized_at is None else float(authorized_at),
        user_id=_text(document["user_id"]),
        user_name=_text(document["user_name"]),
        with_secret=document["with_secret"] is True,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
