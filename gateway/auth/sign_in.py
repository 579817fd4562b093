"""A user's consent and what came of it, as it is kept; its text form never leaves a vault."""

from dataclasses import dataclass, field

CONSENT_DAYS = 182
"""Days after which Spotify ends a consent, whatever was refreshed meanwhile (six months, since June 2026)."""

KIND = "sign-in"
"""The vault's kind of these records; the key is the principal's id."""


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
        raise NotImplementedError

    @classmethod
    def decode(cls, data: bytes) -> "SignIn | None":
        """Return what `encode` wrote; None if it cannot be read, such as that of a newer version."""
        raise NotImplementedError

    def days_left(self, now: float) -> float | None:
        """Return the days until Spotify ends the consent; None if its beginning is not known."""
        raise NotImplementedError
