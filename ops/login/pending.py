"""One sign-in from its beginning to its end; a redirect counts once, and only with the state it was begun with."""

import hmac
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, Protocol

from multidict import MultiMapping

from gateway.auth.accounts_service import Attempt
from gateway.auth.sign_in import SignIn
from gateway.errors import SignInRefusedError

Adopt = Callable[[SignIn], Awaitable[None]]
"""Keeps a sign-in, for the principal whose it is."""

_WORD: Final = re.compile(r"[a-z_]{1,40}")
_SAID: Final[Mapping[str, str]] = {
    "access_denied": "The permission was not given at Spotify's page",
    "invalid_scope": "Spotify does not know one of the scopes that were asked for",
    "server_error": "Spotify's accounts service failed",
    "temporarily_unavailable": "Spotify's accounts service is not available at the moment",
}
"""What the error words of RFC 6749, section 4.1.2.1, mean here."""


class SignIns(Protocol):
    """What a sign-in needs of the accounts service; see `AccountsService`."""

    def begin(self, redirect_uri: str, scopes: Iterable[str]) -> Attempt:
        """Return a new attempt."""
        ...

    def address(self, attempt: Attempt, *, ask_again: bool = False) -> str:
        """Return where the user's browser has to go."""
        ...

    async def redeem(self, attempt: Attempt, code: str) -> SignIn:
        """Return what the user's consent is worth."""
        ...


class ForeignStateError(ValueError):
    """A redirect does not belong to the sign-in that is under way, which goes on."""


class Pending:
    """One sign-in that is under way.

    Args:
        service: Spotify's side.
        redirect_uri: Where the browser comes back.
        scopes: What is asked for.
        adopt: Keeps what comes of it.
        ask_again: Whether Spotify asks even if the user has allowed the same before, and offers another account.
    """

    def __init__(
        self,
        service: SignIns,
        redirect_uri: str,
        scopes: Iterable[str],
        *,
        adopt: Adopt,
        ask_again: bool = False,
    ) -> None:
        self._service = service
        self._adopt = adopt
        self._ask_again = ask_again
        self._attempt = service.begin(redirect_uri, scopes)
        self._used = False

    @property
    def address(self) -> str:
        """Spotify's page for it. It holds the state, so it is for the user's eyes only."""
        return self._service.address(self._attempt, ask_again=self._ask_again)

    @property
    def scopes(self) -> frozenset[str]:
        """What is asked for."""
        return self._attempt.scopes

    @property
    def used(self) -> bool:
        """Whether the browser has come back, so that it counts no more."""
        return self._used

    def widen(self, scopes: Iterable[str]) -> None:
        """Ask for `scopes` too; whoever is at Spotify's page for less must begin again."""
        wanted = self._attempt.scopes.union(scopes)
        if wanted != self._attempt.scopes and not self._used:
            self._attempt = self._service.begin(self._attempt.redirect_uri, wanted)

    async def finish(self, query: MultiMapping[str]) -> SignIn:
        """Redeem what the browser came back with, and keep what it is worth.

        Raises:
            ForeignStateError: It did not come from this sign-in, or came a second time.
            SignInRefusedError: The user, or Spotify, refused.
            SpotifyError: The accounts service gave no usable answer.
            VaultError: The sign-in cannot be kept.
        """
        states = query.getall("state", [])
        state = states[0] if len(states) == 1 else ""
        if self._used or not hmac.compare_digest(state.encode(), self._attempt.state.encode()):
            raise ForeignStateError("This page does not belong to the sign-in that is under way")
        # Before anything is waited for: a page that is reloaded brings the same redirect twice at once.
        self._used = True
        sign_in = await self._service.redeem(self._attempt, _code_of(query))
        await self._adopt(sign_in)
        return sign_in


def _code_of(query: MultiMapping[str]) -> str:
    errors, codes = query.getall("error", []), query.getall("code", [])
    if errors:
        known = _WORD.fullmatch(errors[0])
        said = _SAID.get(errors[0]) or f"Spotify refused with {known.group() if known else 'an unknown word'}"
        raise SignInRefusedError(f"{said}; nothing was changed")
    if len(codes) != 1 or not codes[0]:
        raise SignInRefusedError("Spotify sent the browser back without a code; begin the sign-in anew")
    return codes[0]
