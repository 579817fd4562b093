"""Lets programs register themselves (RFC 7591), if the operator wants that; no secret is ever issued."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gateway.auth.vault import VaultError
from gateway.errors import whole_seconds
from gateway.oauth.client_metadata import RESPONSE_TYPES, ClientMetadata, MetadataError
from gateway.oauth.errors import OAuthError
from gateway.oauth.registered import Registered
from gateway.oauth.sharing import SHARED, preflight
from limiter.inbound import Inbound, InboundConfig

REGISTRATION_PATH: Final = "/oauth/register"
DEFAULT_REGISTRATION_PATH: Final = "/register"
"""Where clients look that know of no endpoint (MCP 2025-03-26). Some show their users what they are told there."""
PACE: Final = InboundConfig(per_s=0.1, burst=20, wait_s=0, max_principals=1)
"""Registrations of all strangers together: whoever fills the table needs hours for it."""

_LONGEST_BODY: Final = 16 * 1024
_EVERYBODY: Final = ""
_HEADERS: Final[Mapping[str, str]] = {
    **SHARED,
    hdrs.CONTENT_TYPE: "application/json",
    hdrs.CACHE_CONTROL: "no-store",
    hdrs.PRAGMA: "no-cache",
}


class Registration:
    """The registration endpoint.

    Args:
        registered: Keeps the clients.
        pace: How fast all strangers together may register.
    """

    paths: Sequence[str] = (REGISTRATION_PATH, DEFAULT_REGISTRATION_PATH)
    """Where it is; pages of any origin may use it."""

    def __init__(self, registered: Registered, *, pace: InboundConfig = PACE) -> None:
        self._registered = registered
        self._pace = Inbound(pace)
        self._retry_s = whole_seconds(1 / pace.per_s if pace.per_s else 0)

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what to add to the application."""
        return _routes(self._register)

    async def _register(self, request: web.Request) -> web.Response:
        try:
            return await self._registration(request)
        except MetadataError as error:
            return _refusal(error.code, str(error), status=HTTPStatus.BAD_REQUEST)
        except OAuthError as error:
            return _refusal(error.code, error.description, status=error.status)
        except VaultError:
            return _refusal(
                "temporarily_unavailable",
                "The gateway cannot reach what it keeps of clients; try again in a minute",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
            )

    async def _registration(self, request: web.Request) -> web.Response:
        said = ClientMetadata.read(await _body(request))
        # After the reading: what is wrong takes no place from what is right.
        if not self._pace.admit_at_once(_EVERYBODY):
            wait: dict[str, str] = {hdrs.RETRY_AFTER: str(self._retry_s)}
            text = "Too many clients register at the moment; try again after the time that Retry-After says"
            return _refusal("temporarily_unavailable", text, status=HTTPStatus.TOO_MANY_REQUESTS, headers=wait)
        client, issued_at = await self._registered.add(said)
        answer = {
            "client_id": client.id,
            "client_id_issued_at": issued_at,
            "redirect_uris": client.redirect_uris,
            "grant_types": said.granted_types,
            "response_types": RESPONSE_TYPES,
            # Whatever was asked for: RFC 7591, 2 lets a server put its own value in the place of another.
            "token_endpoint_auth_method": "none",
            **({"client_name": client.name} if client.name else {}),
            **({"client_uri": client.uri} if client.uri else {}),
        }
        return _answer(answer, status=HTTPStatus.CREATED)


class NoRegistration:
    """The endpoint of an operator who wants no registrations: says what to do instead."""

    paths: Sequence[str] = (REGISTRATION_PATH, DEFAULT_REGISTRATION_PATH)
    """See `Registration.paths`."""

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what to add to the application."""
        return _routes(_closed)


def _routes(handler: Handler) -> Iterable[web.RouteDef]:
    for path in (REGISTRATION_PATH, DEFAULT_REGISTRATION_PATH):
        yield web.options(path, preflight(hdrs.METH_POST))
        yield web.post(path, handler)


async def _closed(_: web.Request) -> web.Response:
    return _refusal(
        "access_denied",
        "This gateway takes no registrations. Use the https address of a client-ID metadata document as "
        "client_id, or ask the operator to add the client to FERMATA_CLIENTS, or to set FERMATA_REGISTRATION=on",
        status=HTTPStatus.FORBIDDEN,
    )


async def _body(request: web.Request) -> bytearray:
    # A form of a foreign page cannot send this type without asking first (CORS).
    if request.content_type != "application/json":
        raise MetadataError("Send the metadata as application/json")
    body = bytearray()
    # Unpacked bytes are counted, and no promised length is believed.
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > _LONGEST_BODY:
            text = f"The metadata is larger than {_LONGEST_BODY} bytes; send less"
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            raise OAuthError("invalid_client_metadata", text, status=status)
    return body


def _refusal(code: str, text: str, *, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    return _answer({"error": code, "error_description": text}, status=status, headers=headers)


def _answer(members: Mapping[str, Any], *, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=orjson.dumps(members), status=status, headers={**_HEADERS, **(headers or {})})
