"""The token desk: every code and token is minted here, and is worth what the consent behind it is worth now."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from ops.simulator.accounts.access import AccessTokens, Session
from ops.simulator.accounts.codes import Codes, Pending
from ops.simulator.accounts.consents import Consent, Consents
from ops.simulator.accounts.pkce import is_proof
from ops.simulator.accounts.registration import Registration
from ops.simulator.accounts.tally import Tally
from ops.simulator.answers import OAuthError
from ops.simulator.config import SimulatorConfig
from ops.simulator.people.scopes import granted
from ops.simulator.people.society import Society


@dataclass(slots=True)
class _Refresh:
    """A refresh token: the consent behind it, and whether rotation has spent it."""

    consent: int
    user: str
    spent: bool = False


class TokenDesk:
    """Hands out codes and tokens, and takes them back; times are seconds of the injected clock.

    Attributes:
        consents: what users agreed to.
        tally: what happened so far.
    """

    __slots__ = (
        "_access",
        "_codes",
        "_config",
        "_refresh",
        "_registration",
        "_serial",
        "_society",
        "consents",
        "tally",
    )

    def __init__(
        self,
        config: SimulatorConfig,
        clock: Callable[[], float],
        *,
        society: Society,
        registration: Registration,
    ) -> None:
        self._config = config
        self._society = society
        self._registration = registration
        self._serial = 0
        self._access = AccessTokens(clock, config.token_ttl_s)
        self._codes = Codes(clock)
        self._refresh: dict[str, _Refresh] = {}
        self.consents = Consents(clock)
        self.tally = Tally()

    def login(self, user_id: str, scopes: str = "all", *, pkce: bool = False) -> dict[str, Any]:
        """What a user's consent to `scopes`, a space-separated list, ends in: the body of a token answer.

        With `pkce` the refresh token is one that needs no secret.

        Raises:
            ValueError: for a user or a scope that does not exist.
        """
        if self._society.user(user_id) is None:
            known = ", ".join(user.id for user in self._society)
            raise ValueError(f"there is no user {user_id!r}; the users are {known}")
        return self._begun(self._agreed(user_id, granted(scopes), pkce=pkce))

    def agree(
        self, user_id: str, scopes: frozenset[str], *, redirect_uri: str, challenge: str, inherited: Consent | None
    ) -> str:
        """Record that a user agreed, or had agreed before (`inherited`), and return the code for the app."""
        consent = self._agreed(user_id, scopes, pkce=bool(challenge), inherited=inherited)
        code = self._mint("AQ")
        self._codes.keep(code, Pending(consent.number, redirect_uri, challenge))
        return code

    def redeem(self, code: str, *, redirect_uri: str, verifier: str, proved: bool) -> dict[str, Any]:
        """The tokens for a code; `proved` tells whether the app showed its secret.

        An attempt that fails for anything but the app's identity spends the code: what Spotify does is not
        established, and this is what a client has to be ready for.

        Raises:
            OAuthError: invalid_client without any proof of who asks, else invalid_grant.
        """
        pending = self._codes.peek(code)
        if pending is None:
            raise OAuthError("invalid_grant", "Invalid authorization code")
        if not proved and not pending.challenge:
            raise OAuthError("invalid_client", "Invalid client")
        self._codes.spend(code)
        if redirect_uri != pending.redirect_uri:
            raise OAuthError("invalid_grant", "Invalid redirect URI")
        # A verifier without a challenge is refused too: somebody took the challenge away (RFC 9700, section 4.8).
        if bool(verifier) != bool(pending.challenge) or (verifier and not is_proof(verifier, pending.challenge)):
            raise OAuthError("invalid_grant", "code_verifier was incorrect")
        consent = self.consents.get(pending.consent)
        if consent is None:
            raise OAuthError("invalid_grant", "Invalid authorization code")
        self.tally.add(consent.user, "codes")
        return self._begun(consent)

    def renew(self, refresh_token: str, *, proved: bool) -> dict[str, Any]:
        """A new access token, and with rotation a new refresh token that replaces the one given.

        Raises:
            OAuthError: invalid_client where the secret is needed and was not shown, else invalid_grant.
        """
        held = self._refresh.get(refresh_token)
        if held is None:
            self.tally.unknown += 1
            raise OAuthError("invalid_grant", "Invalid refresh token")
        consent = self._consent_of(held)
        # That a PKCE token is taken with the secret as well is not established for Spotify.
        if not proved and not consent.pkce:
            raise OAuthError("invalid_client", "Invalid client")
        self.tally.add(consent.user, "refreshes")
        if not self._config.rotate_refresh_tokens:
            return self._token_of(consent)
        held.spent = True
        return self._begun(consent)

    def app_token(self) -> dict[str, Any]:
        """A token of the application itself, which stands for no user."""
        self.tally.app_tokens += 1
        return self._token_of(None)

    def revoke(self, user_id: str, *, access: bool = False) -> None:
        """Withdraw all consents of a user; access tokens live on until they expire as in life, unless `access`."""
        self.consents.withdraw(user_id)
        if access:
            self._access.end(user_id)

    def check(self, authorization: str | None) -> Session:
        """Accept the `Authorization` header value of a Web API call.

        Raises:
            ApiError: 401 for the token.
            TextError: 403 for the app or the user.
        """
        session = self._access.check(authorization)
        self._registration.must_serve(session.user)
        return session

    def _agreed(
        self, user: str, scopes: frozenset[str], *, pkce: bool, inherited: Consent | None = None
    ) -> Consent:
        self.tally.add(user, "logins")
        return self.consents.give(user, scopes, pkce=pkce, inherited=inherited)

    def _consent_of(self, held: _Refresh) -> Consent:
        consent = self.consents.get(held.consent)
        if held.spent:
            words = "Invalid refresh token"
        elif consent is None:
            words = "Refresh token revoked"
        elif self.consents.holds(consent):
            return consent
        else:
            words = "Refresh token expired"
        self.tally.add(held.user, "refused")
        raise OAuthError("invalid_grant", words)

    def _begun(self, consent: Consent) -> dict[str, Any]:
        refresh = self._mint("AQ")
        self._refresh[refresh] = _Refresh(consent.number, consent.user)
        return {**self._token_of(consent), "refresh_token": refresh}

    def _token_of(self, consent: Consent | None) -> dict[str, Any]:
        token = self._mint("BQ")
        body: dict[str, Any] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self._config.token_ttl_s,
        }
        if consent is None:
            self._access.keep(token, user=None, scopes=frozenset())
            return body
        self._access.keep(token, user=consent.user, scopes=consent.scopes)
        return {**body, "scope": " ".join(sorted(consent.scopes))}

    def _mint(self, prefix: str) -> str:
        self._serial += 1
        digest = hashlib.sha512(f"token:{self._config.seed}:{self._serial}".encode()).digest()
        return prefix + base64.urlsafe_b64encode(digest).decode().rstrip("=")


TOKEN_DESK: Final = web.AppKey("TOKEN_DESK", TokenDesk)
"""Where an application made by `create_app` keeps its desk; `app[TOKEN_DESK].login("demo")` signs in."""
