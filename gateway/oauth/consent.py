"""Takes what people decided about a program; only Allow, pressed on our own page, leads on."""

from collections.abc import Sequence

from aiohttp import web

from gateway.oauth.consent_page import ALLOW, PATH
from gateway.oauth.cookie import BrowserCookie
from gateway.oauth.errand import Authorization
from gateway.oauth.posted import posted
from gateway.oauth.redirect import Redirect
from gateway.oauth.refusal import RefusedError, answering
from gateway.oauth.spotify_leg import SpotifyLeg
from gateway.oauth.transaction import Ticket, Transactions
from gateway.pages import lead_on, paragraph


class Consent:
    """Answers `POST /oauth/consent`.

    Args:
        transactions: Know what was asked.
        cookie: Ties that to the browser.
        leg: Leads on to Spotify.
        issuer: Public address of the gateway.
    """

    def __init__(self, transactions: Transactions, cookie: BrowserCookie, *, leg: SpotifyLeg, issuer: str) -> None:
        self._transactions = transactions
        self._cookie = cookie
        self._leg = leg
        self._issuer = issuer

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return what to add to an application."""
        return [web.post(PATH, answering(self._decide))]

    async def _decide(self, request: web.Request) -> web.Response:
        form = await posted(request, self._issuer)
        ticket = await self._transactions.claim(form, request.cookies)
        if not isinstance(ticket.errand, Authorization):
            raise RefusedError("This form cannot be read", "It belongs to another page. Nothing has happened.")
        if form.get("decision") == ALLOW:
            return await self._leg.leave(ticket)
        return self._deny(ticket, ticket.errand)

    def _deny(self, ticket: Ticket, errand: Authorization) -> web.Response:
        denied = {"error": "access_denied", "error_description": "The user did not allow it"}
        response = lead_on(
            "Not allowed",
            paragraph("You said no, so the program gets nothing."),
            to=Redirect.of(errand.redirect_uri).address(self._issuer, errand.state, **denied),
            label="Back to the program",
        )
        self._cookie.take(response, ticket.id)
        return response
