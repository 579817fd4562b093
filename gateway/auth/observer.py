"""What identity tells about itself: no secret, no name and no id of a user; words come from closed sets.

An observer never raises. Principals are told by their ids, which are the name of a key or a keyed hash.
"""

from typing import Literal, Protocol, TypeAlias

from gateway.callers import Door

Way: TypeAlias = Literal["local", "key", "program"]
"""How somebody signs in: at this machine, on the page for keys, or because a program asked for it."""

Refusal: TypeAlias = Literal["denied", "failed", "given_up"]
"""Why nobody is signed in: they or Spotify said no, something did not work, or nobody came back."""

Renewal: TypeAlias = Literal["renewed", "elsewhere", "ended", "refused", "failed"]
"""What came of a renewal: a token, that of another process, an end of the consent or of the app, or nothing."""

TokenEvent: TypeAlias = Literal["issued", "refreshed", "revoked"]

Once: TypeAlias = Literal["code", "refresh_token"]
"""What may come once only."""


class IdentityObserver(Protocol):
    """Hears who comes and goes."""

    def sign_in_begun(self, way: Way) -> None:
        """Report that a browser is sent to Spotify; once for each sign-in."""

    def sign_in_finished(self, way: Way) -> None:
        """Report that a browser came back, and that what it brought is kept."""

    def sign_in_refused(self, way: Way, why: Refusal) -> None:
        """Report that nothing came of a sign-in."""

    def signed_in(self, principal_id: str) -> None:
        """Report that calls are made with a new sign-in of a principal."""

    def signed_out(self, principal_id: str) -> None:
        """Report that the sign-in of a principal was forgotten, as somebody wanted."""

    def renewal(self, principal_id: str, outcome: Renewal) -> None:
        """Report what came of a renewal; if it is `ended`, the principal has to sign in again."""

    def waning(self, principal_id: str, days_left: float) -> None:
        """Report that a consent has `WARN_DAYS` or less left; as often as somebody looks."""

    def tokens(self, event: TokenEvent) -> None:
        """Report what became of tokens of our own."""

    def reused(self, what: Once) -> None:
        """Report that something came a second time, which is how thefts look."""

    def credential_refused(self, door: Door, reason: str) -> None:
        """Report that somebody was not let in; `reason` is that of the `CredentialError`."""


class NullIdentityObserver:
    """Tells nobody."""

    def sign_in_begun(self, way: Way) -> None:
        """Do nothing."""

    def sign_in_finished(self, way: Way) -> None:
        """Do nothing."""

    def sign_in_refused(self, way: Way, why: Refusal) -> None:
        """Do nothing."""

    def signed_in(self, principal_id: str) -> None:
        """Do nothing."""

    def signed_out(self, principal_id: str) -> None:
        """Do nothing."""

    def renewal(self, principal_id: str, outcome: Renewal) -> None:
        """Do nothing."""

    def waning(self, principal_id: str, days_left: float) -> None:
        """Do nothing."""

    def tokens(self, event: TokenEvent) -> None:
        """Do nothing."""

    def reused(self, what: Once) -> None:
        """Do nothing."""

    def credential_refused(self, door: Door, reason: str) -> None:
        """Do nothing."""


UNHEARD = NullIdentityObserver()
"""It has no state, so one does for all."""
