"""The tokens of one kept sign-in: each is handed out until it expires or is refused, and renewed once."""

from collections.abc import Callable

from gateway.answers import SIGN_IN_ENDED, SIGN_IN_NEEDED
from gateway.auth.locker import Locker
from gateway.auth.renewals import Renewals
from gateway.auth.sign_in import SignIn
from gateway.auth.token_answer import REFUSAL_S
from gateway.errors import SignInEndedError, UnauthorisedError


class UserTokens:
    """A `TokenProvider` of one consent.

    Args:
        locker: Where the sign-in is kept.
        sign_in: As it was found there.
        renewals: Renews it.
        clock: Monotonic seconds.
        wall_clock: Seconds since the epoch.
    """

    def __init__(
        self,
        locker: Locker,
        sign_in: SignIn,
        *,
        renewals: Renewals,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._locker = locker
        self._sign_in = sign_in
        self._renewals = renewals
        self._clock = clock
        self._wall_clock = wall_clock
        self._rejected = ""
        self._refusal: tuple[UnauthorisedError, float] | None = None

    @property
    def sign_in(self) -> SignIn:
        """The newest one that is known here."""
        return self._sign_in

    def take(self, sign_in: SignIn) -> None:
        """Use `sign_in` of the same consent, if it is newer: another process may have renewed it."""
        # What a slow look into the vault found may be older than what came of a renewal since then.
        if sign_in.expires_at > self._sign_in.expires_at:
            self._sign_in = sign_in

    async def token(self, *, deadline: float) -> str:
        """Return an access token; see `TokenProvider.token`."""
        held = self._sign_in
        if held.access_token != self._rejected and held.is_fresh(self._wall_clock()):
            return held.access_token
        if self._refusal is not None and self._clock() < self._refusal[1]:
            raise self._refusal[0]
        try:
            renewed = await self._renewals.renew(self._locker, held, deadline=deadline)
        except SignInEndedError as error:
            raise UnauthorisedError(SIGN_IN_ENDED, reason=SIGN_IN_NEEDED) from error
        except UnauthorisedError as error:
            self._refusal = (error, self._clock() + REFUSAL_S)
            raise
        if self._sign_in is held:
            # Whatever the clock of the process said that renewed it: this is what the vault has now.
            self._sign_in = renewed
        return renewed.access_token

    def reject(self, token: str) -> None:
        """Have `token` renewed, if it is still the one in use."""
        # Many calls may come back refused with the same old token after one of them has renewed it.
        if token == self._sign_in.access_token:
            self._rejected = token

    def accept(self, token: str) -> None:
        """Its tokens come from Spotify itself, and need no proof."""
