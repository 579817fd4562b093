"""The authorization endpoint: asks people whether a program may use their account.

Nothing is ever redirected before client and redirect URI are known to belong together.
"""

import re
from collections.abc import Sequence

from aiohttp import web

from gateway.oauth.client import Client, ClientDirectory
from gateway.oauth.consent_page import ask
from gateway.oauth.cookie import BrowserCookie
from gateway.oauth.errand import Authorization
from gateway.oauth.errors import ClientError, OAuthError
from gateway.oauth.parameters import Parameters
from gateway.oauth.redirect import Redirect
from gateway.oauth.refusal import answering
from gateway.oauth.resource import Resources
from gateway.oauth.shown import shown
from gateway.oauth.transaction import Transactions
from gateway.pages import page, paragraph, redirect, way_on

PATH = "/oauth/authorize"

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 in base64url."""
_OF_OTHERS = frozenset({"offline_access", "openid"})
"""Scopes that clients ask of every server; a refresh token is there without asking, and an ID token never."""


class Authorize:
    """Answers `GET /oauth/authorize`.

    Args:
        clients: Knows the programs.
        resources: Knows what tokens may be good for.
        transactions: Remembers what was asked.
        cookie: Ties that to the browser.
        offered: Scopes that may be asked for.
        least: Those that are asked for if a client names none.
    """

    def __init__(
        self,
        clients: ClientDirectory,
        resources: Resources,
        *,
        transactions: Transactions,
        cookie: BrowserCookie,
        offered: frozenset[str],
        least: frozenset[str],
    ) -> None:
        self._clients = clients
        self._resources = resources
        self._transactions = transactions
        self._cookie = cookie
        self._offered = offered
        self._least = least

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return what to add to an application."""
        # A HEAD would begin something that nobody sees.
        return [web.get(PATH, answering(self._ask), allow_head=False)]

    async def _ask(self, request: web.Request) -> web.Response:
        parameters = Parameters(request.query)
        client = await self._clients.find(parameters.needed("client_id"))
        uri = parameters.needed("redirect_uri")
        if not client.allows(uri):
            raise ClientError(
                "The redirect URI is none of those that this program has named", code="invalid_request"
            )
        back = Redirect.of(uri)
        try:
            errand = self._errand(parameters, client, uri)
        except OAuthError as error:
            return self._refuse(parameters, client, back, error=error)
        opening = await self._transactions.begin(errand)
        response = ask(client, back, errand=errand, hidden=opening.hidden, issuer=self._resources.issuer)
        self._cookie.give(response, request.cookies, transaction=opening.id, value=opening.cookie)
        return response

    def _errand(self, parameters: Parameters, client: Client, uri: str) -> Authorization:
        if parameters.needed("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response_type must be code")
        if parameters.optional("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "code_challenge_method must be S256")
        challenge = parameters.needed("code_challenge")
        if not _CHALLENGE.fullmatch(challenge):
            raise OAuthError(
                "invalid_request", "code_challenge must be 43 characters of base64url (RFC 7636, 4.2)"
            )
        audiences = {self._resources.audience(resource) for resource in parameters.resources or ("",)}
        if len(audiences) > 1:
            raise OAuthError("invalid_target", "resource: ask for one at a time, or for the gateway as a whole")
        return Authorization(
            client_id=client.id,
            client_name=shown(client.name),
            redirect_uri=uri,
            state=parameters.state,
            challenge=challenge,
            scopes=self._scopes(parameters.optional("scope") or ""),
            audience=audiences.pop(),
        )

    def _scopes(self, text: str) -> frozenset[str]:
        asked = frozenset(text.split()) - _OF_OTHERS
        if not asked <= self._offered:
            raise OAuthError("invalid_scope", "scope names some that this gateway does not have; see its metadata")
        return asked or self._least

    def _refuse(
        self, parameters: Parameters, client: Client, back: Redirect, *, error: OAuthError
    ) -> web.Response:
        try:
            state = parameters.state
        except OAuthError:
            state = None
        issuer = self._resources.issuer
        there = back.address(issuer, state, error=error.code, error_description=error.description)
        if client.origin == "configured" or back.loopback:
            return redirect(there)
        # Anybody can be such a client, and nobody has been asked yet: redirects would make the gateway's good name
        # a cover for any address (RFC 9700, 4.11.2). People see where it goes, and go themselves.
        return page(
            "This request cannot be served",
            paragraph(f"The program sent a wrong request: {error.description}."),
            way_on(f"Back to {back.place or 'the program'}", there),
            status=400,
        )
