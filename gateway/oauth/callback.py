"""Where Spotify sends browsers back to; what was begun ends here, well or not, and cannot end twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from aiohttp import web

from gateway.auth.observer import UNHEARD, IdentityObserver
from gateway.auth.sign_in import SignIn
from gateway.errors import SpotifyError, whole_seconds
from gateway.oauth.cookie import BrowserCookie
from gateway.oauth.errand import Authorization, KeySignIn
from gateway.oauth.failure import NOTHING_GRANTED, Failure
from gateway.oauth.refusal import RefusedError, answering
from gateway.oauth.spotify_leg import PATH, Arrival, SpotifyLeg

E = TypeVar("E", bound=Authorization | KeySignIn)
E_co = TypeVar("E_co", bound=Authorization | KeySignIn, covariant=True)


@dataclass(frozen=True, slots=True)
class Onward(Generic[E_co]):
    """An errand that has not ended: the browser has to go to Spotify once more, for what `errand` wants now."""

    errand: E_co


class Ending(Protocol[E]):
    """How errands of one kind end."""

    async def succeed(self, errand: E, sign_in: SignIn) -> web.Response | Onward[E]:
        """Answer the browser that brought `sign_in`; the scopes of `errand` are those that Spotify granted.

        Raises:
            SpotifyError: Spotify does not answer whose it is, or it cannot be kept.
            VaultError: A code cannot be kept.
        """
        ...

    def fail(self, errand: E, failure: Failure) -> web.Response:
        """Answer the browser that came in vain."""
        ...


class Callback(Generic[E]):
    """Answers `GET /oauth/callback`.

    Args:
        leg: Receives browsers.
        cookie: What tied them to their transaction.
        kind: The errands that can end here.
        ending: How they end.
        observer: Hears how they ended.
    """

    def __init__(
        self,
        leg: SpotifyLeg,
        cookie: BrowserCookie,
        *,
        kind: type[E],
        ending: Ending[E],
        observer: IdentityObserver = UNHEARD,
    ) -> None:
        self._leg = leg
        self._cookie = cookie
        self._kind = kind
        self._ending = ending
        self._observer = observer

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return what to add to an application."""
        return [web.get(PATH, answering(self._receive), allow_head=False)]

    async def _receive(self, request: web.Request) -> web.Response:
        arrival = await self._leg.arrive(request)
        errand = arrival.ticket.errand
        if not isinstance(errand, self._kind):
            raise RefusedError("This page is out of date", "The gateway has changed since you began. Start again.")
        response = await self._end(arrival, errand)
        if isinstance(response, Onward):
            return await self._leg.go_on(replace(arrival.ticket, errand=response.errand))
        self._cookie.take(response, arrival.ticket.id)
        return response

    async def _end(self, arrival: Arrival, errand: E) -> web.Response | Onward[E]:
        if not arrival.code:
            return self._fail(errand, Failure.said(arrival.error))
        try:
            sign_in = await self._leg.redeem(arrival)
            granted = errand.scopes if sign_in.scopes is None else errand.scopes & sign_in.scopes
            if errand.scopes and not granted:
                return self._fail(errand, NOTHING_GRANTED)
            response = await self._ending.succeed(replace(errand, scopes=granted), sign_in)
        except SpotifyError as error:
            return self._fail(errand, Failure.of(error))
        if not isinstance(response, Onward):
            self._observer.sign_in_finished(errand.way)
        return response

    def _fail(self, errand: E, failure: Failure) -> web.Response:
        self._observer.sign_in_refused(errand.way, "denied" if failure.code == "access_denied" else "failed")
        response = self._ending.fail(errand, failure)
        if failure.retry_after_s is not None:
            response.headers["Retry-After"] = str(whole_seconds(failure.retry_after_s))
        return response
