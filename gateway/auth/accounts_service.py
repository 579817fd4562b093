"""Speaks with Spotify's accounts service on behalf of users: begins sign-ins, redeems codes, renews tokens."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.auth.sign_in import SignIn
from gateway.auth.tokens import Credentials
from gateway.transport import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sign-in that was begun (RFC 7636, S256).

    Attributes:
        state: What Spotify must send back; 256 random bits.
        verifier: What only whoever began it knows.
        redirect_uri: Where Spotify sends the browser; registered with the app, and compared exactly.
        scopes: What is asked for.
    """

    state: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    scopes: frozenset[str]


class AccountsService:
    """The accounts service as users need it.

    Args:
        credentials: The app.
        transport: Carries the requests.
        wall_clock: Seconds since the epoch.
        secret: Returns a fresh unguessable text of 43 characters or more out of `[A-Za-z0-9_-]`.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        transport: Transport,
        wall_clock: Callable[[], float],
        secret: Callable[[], str],
    ) -> None:
        raise NotImplementedError

    def begin(self, redirect_uri: str, scopes: Iterable[str]) -> Attempt:
        """Return a new attempt."""
        raise NotImplementedError

    def address(self, attempt: Attempt, *, ask_again: bool = False) -> str:
        """Return where the user's browser has to go; `ask_again` shows the consent even if it was given before."""
        raise NotImplementedError

    async def redeem(self, attempt: Attempt, code: str) -> SignIn:
        """Return what the user's consent is worth; PKCE, without the app's secret.

        Raises:
            SignInRefusedError: Spotify does not take the code: used, too old, of another attempt or redirect URI.
            UpstreamUnavailableError: The accounts service gave no usable answer.
        """
        raise NotImplementedError

    async def renew(self, sign_in: SignIn) -> SignIn:
        """Return `sign_in` with a new access token, and with the new refresh token if one came.

        Raises:
            SignInEndedError: `invalid_grant`: revoked, or six months old. Repeating it is no use.
            UpstreamUnavailableError: The accounts service gave no usable answer; the old tokens stay as they are.
        """
        raise NotImplementedError
