"""Tells clients where things are: what protects the doors (RFC 9728), and what its server can do (RFC 8414)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson
from aiohttp import hdrs, web

from gateway.callers import Door
from gateway.oauth.errors import OAuthError
from gateway.oauth.resource import Resources
from gateway.oauth.sharing import SHARED, preflight

SERVER_PATH: Final = "/.well-known/oauth-authorization-server"
RESOURCE_PATH: Final = "/.well-known/oauth-protected-resource"

_HEADERS: Final[Mapping[str, str]] = {
    **SHARED,
    hdrs.CONTENT_TYPE: "application/json",
    hdrs.CACHE_CONTROL: "public, max-age=3600",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataConfig:
    """What the documents say of one gateway.

    Attributes:
        scopes: What can be asked for.
        first: What a client of MCP should ask for at first. One that does not go by the challenge asks for all
            that its resource's description lists; MCP means that list to be the least, and more to come later.
        registration: Whether clients may register themselves.
        documentation: Address of a page for the developers of clients; empty: none.
        name: What the gateway is called before users.
    """

    scopes: Sequence[str]
    first: Sequence[str]
    registration: bool = False
    documentation: str = ""
    name: str = "Fermata"


class Metadata:
    """The documents of one gateway."""

    paths = (SERVER_PATH, RESOURCE_PATH)
    """Where they are; everybody may read them, so the guard against foreign pages has no business there."""

    def __init__(self, resources: Resources, config: MetadataConfig) -> None:
        self._resources = resources
        self._config = config
        self._for_agents = {resources.issuer + door.value for door in (Door.MCP, Door.SSE)}

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what to add to the application."""
        tail = f"{RESOURCE_PATH}/{{tail:.*}}"
        for path in (SERVER_PATH, RESOURCE_PATH, tail):
            yield web.options(path, preflight(hdrs.METH_GET))
        yield web.get(SERVER_PATH, self._server)
        yield web.get(RESOURCE_PATH, self._resource)
        yield web.get(tail, self._resource)

    async def _server(self, _: web.Request) -> web.Response:
        return _answer(self._of_server())

    async def _resource(self, request: web.Request) -> web.Response:
        resource = self._resources.issuer + request.rel_url.raw_path.removeprefix(RESOURCE_PATH).rstrip("/")
        try:
            audience = self._resources.audience(resource)
        except OAuthError as error:
            return _answer({"error": error.code, "error_description": error.description}, HTTPStatus.NOT_FOUND)
        return _answer(self._of_resource(resource, audience))

    def _of_server(self) -> dict[str, Any]:
        issuer = self._resources.issuer
        document = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/oauth/authorize",
            "token_endpoint": f"{issuer}/oauth/token",
            "revocation_endpoint": f"{issuer}/oauth/revoke",
            "scopes_supported": list(self._config.scopes),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "client_id_metadata_document_supported": True,
            "authorization_response_iss_parameter_supported": True,
        }
        if self._config.registration:
            document["registration_endpoint"] = f"{issuer}/oauth/register"
        if self._config.documentation:
            document["service_documentation"] = self._config.documentation
        return document

    def _of_resource(self, resource: str, audience: str) -> dict[str, Any]:
        for_agents = audience in self._for_agents
        return {
            # The very address that was asked about, not that of the door: strict clients take no other (3.3), and
            # it leads to the same audience.
            "resource": resource,
            "authorization_servers": [self._resources.issuer],
            "scopes_supported": list(self._config.first if for_agents else self._config.scopes),
            "bearer_methods_supported": ["header"],
            "resource_name": self._config.name,
        }


def _answer(document: Mapping[str, Any], status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(document), headers=_HEADERS)
