"""Answers programs that redeem codes, refresh tokens or give them back; answers are the protocol's own JSON."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gateway.auth.vault import VaultError
from gateway.oauth.client import ClientCheck
from gateway.oauth.errors import OAuthError
from gateway.oauth.ledger import Issued, Ledger
from gateway.oauth.resource import Resources
from gateway.oauth.sharing import SHARED, preflight
from gateway.oauth.standing import Standing
from gateway.oauth.token_form import Form, client_id_of, read_form

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path
DEFAULT_TOKEN_PATH: Final = "/token"  # noqa: S105 - a path
"""Where clients look that have read no metadata (MCP 2025-03-26). FastMCP's does so after each start, with the
refresh token that it kept."""
REVOKE_PATH: Final = "/oauth/revoke"

_LONGEST_ID: Final = 2048
_RETRY_S: Final = 1
_HEADERS: Final[Mapping[str, str]] = {
    **SHARED,
    hdrs.CONTENT_TYPE: "application/json",
    hdrs.CACHE_CONTROL: "no-store",
    hdrs.PRAGMA: "no-cache",
}


class TokenEndpoint:
    """What programs ask for without their users.

    Args:
        ledger: Issues and ends tokens.
        clients: Know who may come.
        resources: Knows what tokens can be for.
        standing: Knows whether users' sign-ins with Spotify stand.
    """

    paths = (TOKEN_PATH, DEFAULT_TOKEN_PATH, REVOKE_PATH)
    """Where it is; whoever has a code or a token may use it, from pages of any origin too."""

    def __init__(self, ledger: Ledger, clients: ClientCheck, resources: Resources, *, standing: Standing) -> None:
        self._ledger = ledger
        self._clients = clients
        self._resources = resources
        self._standing = standing
        self._grants: Mapping[str, Callable[[Form, str], Awaitable[Issued]]] = {
            "authorization_code": self._redeem,
            "refresh_token": self._refresh,
        }

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what to add to the application."""
        handlers = (self._token, self._token, self._revoke)
        for path, handler in zip(self.paths, handlers, strict=True):
            yield web.options(path, preflight(hdrs.METH_POST))
            yield web.post(path, _in_its_words(handler))

    async def _token(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        grant = self._grants.get(form.need("grant_type"))
        if grant is None:
            raise OAuthError("unsupported_grant_type", "Send authorization_code or refresh_token as grant_type")
        client_id = client_id_of(form, request.headers.get(hdrs.AUTHORIZATION))
        if not 0 < len(client_id) <= _LONGEST_ID:
            raise OAuthError("invalid_request", "client_id is missing, or too long")
        await self._clients.check(client_id)
        issued = await grant(form, client_id)
        return _answer(
            {
                "access_token": issued.access_token,
                "token_type": "Bearer",
                "expires_in": issued.expires_in_s,
                "refresh_token": issued.refresh_token,
                "scope": " ".join(sorted(issued.grant.scopes)),
            }
        )

    async def _revoke(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        client_id = client_id_of(form, request.headers.get(hdrs.AUTHORIZATION))
        # Whatever it was, it is not good afterwards, which is all that the client wants to know (RFC 7009, 2.2).
        await self._ledger.revoke(form.need("token"), client_id=client_id or None)
        return _answer({})

    async def _redeem(self, form: Form, client_id: str) -> Issued:
        return await self._ledger.redeem(
            form.need("code"),
            client_id=client_id,
            redirect_uri=form.get("redirect_uri"),
            verifier=form.need("code_verifier"),
            audience=self._audience(form),
        )

    async def _refresh(self, form: Form, client_id: str) -> Issued:
        scopes = frozenset(form.get("scope", "").split(" ")) - {""}
        issued = await self._ledger.refresh(
            form.need("refresh_token"),
            client_id=client_id,
            scopes=scopes or None,
            audience=self._audience(form),
        )
        if not await self._standing.holds(issued.grant.principal):
            await self._ledger.revoke(issued.refresh_token, client_id=client_id)
            raise OAuthError("invalid_grant", "The sign-in with Spotify has ended; let the user authorize again")
        return issued

    def _audience(self, form: Form) -> str | None:
        audiences = {self._resources.audience(resource) for resource in form.resources}
        if len(audiences) > 1:
            raise OAuthError("invalid_target", "A token is for one resource; name one")
        return next(iter(audiences), None)


def _in_its_words(handler: Callable[[web.Request], Awaitable[web.Response]]) -> Handler:
    """Answer errors as RFC 6749, 5.2 has it."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except OAuthError as error:
            return _refusal(error, request)
        except VaultError:
            failed = OAuthError("temporarily_unavailable", "Clients cannot be looked up; try again", status=503)
            return _refusal(failed, request)

    return handle


def _refusal(error: OAuthError, request: web.Request) -> web.Response:
    headers: dict[str, str] = {}
    if error.status == HTTPStatus.UNAUTHORIZED and hdrs.AUTHORIZATION in request.headers:
        headers[hdrs.WWW_AUTHENTICATE] = 'Basic realm="fermata"'
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers[hdrs.RETRY_AFTER] = str(_RETRY_S)
    document = {"error": error.code, "error_description": _plain(error.description)}
    return _answer(document, error.status, headers)


def _plain(description: str) -> str:
    """Return it in the characters that RFC 6749 allows there; the words of others may have quotes in them."""
    text = description.replace('"', "'").replace("\\", "/")
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)


def _answer(
    document: Mapping[str, Any], status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(document), headers={**_HEADERS, **(headers or {})})
