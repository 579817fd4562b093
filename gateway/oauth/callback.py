"""Where Spotify sends browsers back to; what was begun ends here, well or not, and cannot end twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from aiohttp import web

from gateway.auth.sign_in import SignIn
from gateway.errors import SpotifyError, whole_seconds
from gateway.oauth.cookie import BrowserCookie
from gateway.oauth.errand import Authorization, KeySignIn
from gateway.oauth.failure import NOTHING_GRANTED, Failure
from gateway.oauth.refusal import RefusedError, answering
from gateway.oauth.spotify_leg import PATH, Arrival, SpotifyLeg

E = TypeVar("E", bound=Authorization | KeySignIn)
E_contra = TypeVar("E_contra", bound=Authorization | KeySignIn, contravariant=True)


@dataclass(frozen=True, slots=True)
class More:
    """A sign-in that is good, but would take from the user's other programs what Spotify did not grant this time.

    Attributes:
        scopes: What Spotify is to be asked for besides.
    """

    scopes: frozenset[str]


class Ending(Protocol[E_contra]):
    """How errands of one kind end."""

    async def succeed(self, errand: E_contra, sign_in: SignIn, *, asked: frozenset[str]) -> web.Response | More:
        """Answer the browser that brought `sign_in`, or say what is missing of it.

        Args:
            errand: What it was for; its scopes are those that Spotify granted.
            sign_in: What came of it.
            asked: What Spotify was asked for; that is never missing.

        Raises:
            SpotifyError: Spotify does not answer whose it is, or it cannot be kept.
            VaultError: A code cannot be kept.
        """
        ...

    def fail(self, errand: E_contra, failure: Failure) -> web.Response:
        """Answer the browser that came in vain."""
        ...


class Callback(Generic[E]):
    """Answers `GET /oauth/callback`.

    Args:
        leg: Receives browsers.
        cookie: What tied them to their transaction.
        kind: The errands that can end here.
        ending: How they end.
    """

    def __init__(self, leg: SpotifyLeg, cookie: BrowserCookie, *, kind: type[E], ending: Ending[E]) -> None:
        self._leg = leg
        self._cookie = cookie
        self._kind = kind
        self._ending = ending

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return what to add to an application."""
        return [web.get(PATH, answering(self._receive), allow_head=False)]

    async def _receive(self, request: web.Request) -> web.Response:
        arrival = await self._leg.arrive(request)
        errand = arrival.ticket.errand
        if not isinstance(errand, self._kind):
            raise RefusedError("This page is out of date", "The gateway has changed since you began. Start again.")
        response = await self._end(arrival, errand)
        if isinstance(response, More):
            return await self._leg.leave(arrival.ticket, more=response.scopes)
        self._cookie.take(response, arrival.ticket.id)
        return response

    async def _end(self, arrival: Arrival, errand: E) -> web.Response | More:
        if not arrival.code:
            return self._ending.fail(errand, Failure.said(arrival.error))
        try:
            sign_in = await self._leg.redeem(arrival)
            granted = errand.scopes if sign_in.scopes is None else errand.scopes & sign_in.scopes
            if errand.scopes and not granted:
                return self._ending.fail(errand, NOTHING_GRANTED)
            good = replace(errand, scopes=granted)
            return await self._ending.succeed(good, sign_in, asked=arrival.attempt.scopes)
        except SpotifyError as error:
            failure = Failure.of(error)
            response = self._ending.fail(errand, failure)
            if failure.retry_after_s is not None:
                response.headers["Retry-After"] = str(whole_seconds(failure.retry_after_s))
            return response
