"""Provides the tokens that calls carry; however many ask, one request at a time goes to the accounts service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cache import Flight, FlightTimeoutError, SingleFlight
from gateway.auth.token_answer import (
    AHEAD_S,
    CHECK_APP,
    REFUSAL_S,
    Credentials,
    TokenAnswer,
    TokenRefusedError,
    ask,
)
from gateway.errors import UnauthorisedError, UpstreamTimeoutError
from gateway.transport import Transport

__all__ = ["APP", "AccessTokens", "Credentials", "Grant", "TokenProvider"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is asked for with, and what to do when it is refused."""

    form: Mapping[str, str] = field(repr=False)
    advice: str


APP = Grant({"grant_type": "client_credentials"}, CHECK_APP)
"""The app itself (RFC 6749, section 4.4); enough for everything that belongs to no user."""


class TokenProvider(Protocol):
    """Where the tokens of one identity come from."""

    async def token(self, *, deadline: float) -> str:
        """Return a token that is good for at least another minute.

        Raises:
            SpotifyError: There is none to be had before `deadline`.
        """

    def reject(self, token: str) -> None:
        """Take note that Spotify refused `token`; a newer one is not affected."""

    def accept(self, token: str) -> None:
        """Take note that Spotify has answered a call with `token`, so that it is a good one."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at: float


class AccessTokens:
    """Short-lived tokens for one grant, renewed ahead of their end.

    Args:
        grant: What they are asked for with.
        credentials: The app.
        transport: Carries the requests.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        grant: Grant,
        credentials: Credentials,
        *,
        transport: Transport,
        clock: Callable[[], float],
    ) -> None:
        self._form = dict(grant.form)
        self._advice = grant.advice
        self._credentials = credentials
        self._transport = transport
        self._clock = clock
        self._flights: SingleFlight[str] = SingleFlight(clock)
        self._token = _Token("", float("-inf"))
        self._refusal: tuple[UnauthorisedError, float] | None = None

    async def token(self, *, deadline: float) -> str:
        """Return the current token, renewed if it is about to expire; see `TokenProvider.token`."""
        if self._clock() < self._token.renew_at:
            return self._token.value
        try:
            value, _ = await self._flights.do("token", self._renew, deadline=deadline)
        except FlightTimeoutError:
            raise UpstreamTimeoutError("Spotify's accounts service did not answer in time; try again") from None
        return value

    def reject(self, token: str) -> None:
        """Drop `token` if it is the current one."""
        # Many calls may come back refused with the same old token after one of them has renewed it.
        if token == self._token.value:
            self._token = _Token("", float("-inf"))

    def accept(self, token: str) -> None:
        """Its tokens come from Spotify itself, and need no proof."""

    @property
    def trouble(self) -> str:
        """Why there is no token to be had until somebody mends the settings; empty if there is."""
        return self._refusal[0].message if self._refusal is not None else ""

    async def close(self) -> None:
        """End a renewal under way."""
        await self._flights.close()

    async def _renew(self, flight: Flight[str]) -> str:
        flight.commit()
        if self._refusal is not None and self._clock() < self._refusal[1]:
            raise self._refusal[0]
        try:
            tokens = await ask(self._transport, self._credentials, form=self._form, with_secret=True)
        except TokenRefusedError as refusal:
            raise self._refused(refusal) from refusal
        self._token = self._kept(tokens)
        self._refusal = None
        return self._token.value

    def _kept(self, tokens: TokenAnswer) -> _Token:
        return _Token(tokens.access_token, self._clock() + tokens.expires_in_s - AHEAD_S)

    def _refused(self, refusal: TokenRefusedError) -> UnauthorisedError:
        error = UnauthorisedError(f"Spotify refused to give a token ({refusal.said}); {self._advice}")
        self._refusal = (error, self._clock() + REFUSAL_S)
        return error
