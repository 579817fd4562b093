"""The page on which holders of gateway keys sign in; the key is typed in the browser that goes to Spotify.

A link could not be trusted with that: whoever follows somebody else's would lend an account to that one's key.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from aiohttp import web

from gateway.auth.scopes import SCOPES
from gateway.oauth.cookie import BrowserCookie
from gateway.oauth.errand import KeySignIn
from gateway.oauth.identity import SignIns
from gateway.oauth.permissions import permissions
from gateway.oauth.posted import posted
from gateway.oauth.refusal import RefusedError, answering
from gateway.oauth.spotify_leg import SpotifyLeg
from gateway.oauth.transaction import Ticket, Transactions
from gateway.pages import (
    Html,
    address,
    bullets,
    button,
    buttons,
    form,
    item,
    link,
    notice,
    page,
    paragraph,
    secret_field,
    small,
)
from gateway.principal import Principal

PATH: Final = "/login"
SCOPE: Final = "scope"
_FIELD: Final = "key"
_FORGET: Final = "forget"
_SIGN_IN: Final = "sign-in"
_LONGEST_KEY: Final = 256
_APPS: Final = address("https://www.spotify.com/account/apps/")

PrincipalOf = Callable[[str], Awaitable[str]]
"""Returns the principal id of a gateway key, or nothing."""


class KeyLogin:
    """Answers `GET` and `POST /login`.

    Args:
        transactions: Know which forms are open.
        cookie: Ties them to browsers.
        leg: Leads on to Spotify.
        principal_of: Knows the keys.
        sign_ins: Forget them.
        scopes: What Spotify is asked for, besides what the address of the page adds.
        issuer: Public address of the gateway.
    """

    def __init__(
        self,
        transactions: Transactions,
        cookie: BrowserCookie,
        *,
        leg: SpotifyLeg,
        principal_of: PrincipalOf,
        sign_ins: SignIns,
        scopes: frozenset[str],
        issuer: str,
    ) -> None:
        self._transactions = transactions
        self._cookie = cookie
        self._leg = leg
        self._principal_of = principal_of
        self._sign_ins = sign_ins
        self._scopes = scopes
        self._issuer = issuer

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return what to add to an application."""
        return [web.get(PATH, answering(self._show), allow_head=False), web.post(PATH, answering(self._take))]

    async def _show(self, request: web.Request) -> web.Response:
        # Whose link that is does not matter: at Spotify people see what they are asked for, and may say no.
        named = " ".join(request.query.getall(SCOPE, [])).split()
        return await self._form(request, self._scopes | SCOPES.intersection(named))

    async def _take(self, request: web.Request) -> web.Response:
        fields = await posted(request, self._issuer)
        ticket = await self._transactions.claim(fields, request.cookies)
        if not isinstance(ticket.errand, KeySignIn):
            raise RefusedError("This form cannot be read", "It belongs to another page. Nothing has happened.")
        principal_id = await self._principal_of(fields.get(_FIELD, "").strip()[:_LONGEST_KEY])
        if not principal_id:
            wrong = notice("That is no key of this gateway. Look for one that begins with fgk_.", warn=True)
            return self._over(ticket, await self._form(request, ticket.errand.scopes, wrong, status=403))
        if fields.get("decision") == _FORGET:
            return self._over(ticket, await self._sign_out(principal_id))
        signing_in = replace(ticket, errand=replace(ticket.errand, principal_id=principal_id))
        # Asked again, so that people see which account it is, and can choose another.
        return await self._leg.leave(signing_in, ask_again=True)

    async def _form(
        self, request: web.Request, scopes: frozenset[str], *above: Html, status: int = 200
    ) -> web.Response:
        opening = await self._transactions.begin(KeySignIn(scopes=scopes))
        more = [item(one.title, one.text) for one in permissions(scopes - self._scopes)]
        response = page(
            "Sign in with your gateway key",
            *above,
            paragraph("Your agent calls this gateway with a key. Here you lend your Spotify account to that key."),
            *([paragraph("Your agent asks for more than usual:"), bullets(more)] if more else []),
            form(
                address(PATH),
                secret_field("Gateway key", _FIELD, hint="It begins with fgk_.", longest=_LONGEST_KEY),
                buttons(button("Sign in at Spotify", _SIGN_IN, main=True), button("Sign out", _FORGET)),
                hidden=opening.hidden,
            ),
            small(
                "Use your own key only: whoever has it can use the account. Sign out makes the gateway forget the "
                "account."
            ),
            status=status,
        )
        self._cookie.give(response, request.cookies, transaction=opening.id, value=opening.cookie)
        return response

    async def _sign_out(self, principal_id: str) -> web.Response:
        await self._sign_ins.forget(Principal(principal_id))
        return page(
            "Signed out",
            paragraph("The gateway has forgotten the Spotify account of this key."),
            small("To withdraw it at Spotify too, open ", link("spotify.com/account/apps", _APPS), "."),
        )

    def _over(self, ticket: Ticket, response: web.Response) -> web.Response:
        self._cookie.take(response, ticket.id)
        return response
