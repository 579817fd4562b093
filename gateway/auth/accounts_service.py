"""Speaks with Spotify's accounts service on behalf of users: begins sign-ins, redeems codes, renews tokens."""

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from gateway.auth.sign_in import SignIn
from gateway.auth.token_answer import CHECK_APP, INVALID_GRANT, Credentials, TokenRefusedError, ask
from gateway.errors import SignInEndedError, SignInRefusedError, UnauthorisedError, UpstreamUnavailableError
from gateway.transport import Transport

_LONGEST_VERIFIER = 128
"""RFC 7636, section 4.1; the shortest is 43."""

_CONSENT_CHARS = 22
"""Of a random text in Base64: 132 bits."""


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
        self._credentials = credentials
        self._transport = transport
        self._wall_clock = wall_clock
        self._secret = secret

    def begin(self, redirect_uri: str, scopes: Iterable[str]) -> Attempt:
        """Return a new attempt."""
        return Attempt(
            state=self._secret(),
            verifier=self._secret()[:_LONGEST_VERIFIER],
            redirect_uri=redirect_uri,
            scopes=frozenset(scopes),
        )

    def address(self, attempt: Attempt, *, ask_again: bool = False) -> str:
        """Return where the user's browser has to go; `ask_again` shows the consent even if it was given before."""
        query = {
            "client_id": self._credentials.client_id,
            "response_type": "code",
            "redirect_uri": attempt.redirect_uri,
            "state": attempt.state,
            "code_challenge_method": "S256",
            "code_challenge": _challenge(attempt.verifier),
        }
        if attempt.scopes:
            query["scope"] = " ".join(sorted(attempt.scopes))
        if ask_again:
            query["show_dialog"] = "true"
        return f"{self._credentials.accounts_url}/authorize?{urlencode(query)}"

    async def redeem(self, attempt: Attempt, code: str) -> SignIn:
        """Return what the user's consent is worth; PKCE, without the app's secret.

        Raises:
            SignInRefusedError: Spotify does not take the code: used, too old, of another attempt or redirect URI.
            UpstreamUnavailableError: The accounts service gave no usable answer.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        try:
            tokens = await ask(self._transport, self._credentials, form=form, with_secret=False)
        except TokenRefusedError as error:
            raise SignInRefusedError(f"Spotify refused the sign-in ({error.said}); begin it again") from error
        if not tokens.refresh_token:
            raise UpstreamUnavailableError(
                "Spotify's accounts service sent no refresh token; sign in again shortly"
            )
        now = self._wall_clock()
        return SignIn(
            consent=self._secret()[:_CONSENT_CHARS],
            refresh_token=tokens.refresh_token,
            access_token=tokens.access_token,
            expires_at=now + tokens.expires_in_s,
            # What is not said is what was asked for (RFC 6749, section 5.1).
            scopes=attempt.scopes if tokens.scopes is None else tokens.scopes,
            authorized_at=now,
        )

    async def renew(self, sign_in: SignIn) -> SignIn:
        """Return `sign_in` with a new access token, and with the new refresh token if one came.

        Raises:
            SignInEndedError: `invalid_grant`: revoked, or six months old. Repeating it is no use.
            UnauthorisedError: Spotify does not take the app; the sign-in stays as it is.
            UpstreamUnavailableError: The accounts service gave no usable answer; the old tokens stay as they are.
        """
        form = {"grant_type": "refresh_token", "refresh_token": sign_in.refresh_token}
        try:
            tokens = await ask(self._transport, self._credentials, form=form, with_secret=sign_in.with_secret)
        except TokenRefusedError as error:
            if error.error == INVALID_GRANT:
                raise SignInEndedError(f"Spotify ended the sign-in ({error.said}); sign in again") from error
            raise UnauthorisedError(f"Spotify refused to give a token ({error.said}); {CHECK_APP}") from error
        return replace(
            sign_in,
            refresh_token=tokens.refresh_token or sign_in.refresh_token,
            access_token=tokens.access_token,
            expires_at=self._wall_clock() + tokens.expires_in_s,
            scopes=sign_in.scopes if tokens.scopes is None else tokens.scopes,
        )


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
