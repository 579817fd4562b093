"""A program on somebody's computer that uses the OAuth of the official client as it is."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

from agents import Agent, connected
from oauth_house import BEFOREHAND, OAuthHouse

Known = Literal["document", "registration", "beforehand"]
"""How a gateway comes to know a program."""
WAYS: Final[tuple[Known, ...]] = ("document", "registration", "beforehand")
_REDIRECT: Final = "http://127.0.0.1:33418/callback"


class Keychain:
    """What a program keeps across its starts, as `TokenStorage`."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Program:
    """One program; each connection is a new start of it.

    Args:
        place: Where it goes.
        known: How the gateway knows it.
        redirect_uri: Where it waits.
        browse: Walks where it leads, and returns where that ends; the visitor does if nobody else is named.
        only: Scopes that it asks for instead of those that it is told to, as one that was set up by hand.

    Attributes:
        kept: What it keeps.
        asked: The questions with which it led its user to the gateway, as parameters.
        told: What it was told in the end, as parameters.
    """

    def __init__(
        self,
        place: OAuthHouse,
        *,
        known: Known = "document",
        redirect_uri: str = _REDIRECT,
        browse: Callable[[str], Awaitable[str]] | None = None,
        only: str = "",
    ) -> None:
        self._place = place
        self._known = known
        self._redirect_uri = redirect_uri
        self._browse = browse or place.visitor.walk
        self._only = only
        self.kept = Keychain()
        self.asked: list[Mapping[str, str]] = []
        self.told: Mapping[str, str] = {}
        if known == "beforehand":
            self.kept.client = OAuthClientInformationFull(
                client_id=BEFOREHAND, redirect_uris=[AnyUrl(redirect_uri)], token_endpoint_auth_method="none"
            )

    @property
    def token(self) -> str:
        """The access token that it holds."""
        assert self.kept.tokens is not None
        return self.kept.tokens.access_token

    def connected(self, wire: str, selection: str = "") -> AbstractAsyncContextManager[Agent]:
        """Start it, and connect it by `wire`; see `agents.connected`."""
        door = "/sse" if wire == "sse" else "/mcp"
        provider = OAuthClientProvider(
            f"{self._place.base}{door}{selection}",
            OAuthClientMetadata(client_name="Wren", redirect_uris=[AnyUrl(self._redirect_uri)]),
            self.kept,
            redirect_handler=self._lead,
            callback_handler=self._hear,
            client_metadata_url=self._place.document if self._known == "document" else None,
        )
        return connected(self._place.house, wire, selection, auth=provider)

    async def _lead(self, address: str) -> None:
        asked = _parameters(address)
        if self._only:
            asked["scope"] = self._only
        self.asked.append(asked)
        target = await self._browse(f"{address.partition('?')[0]}?{urlencode(asked)}")
        assert target.startswith(f"{self._redirect_uri}?"), target
        self.told = _parameters(target)

    async def _hear(self) -> AuthorizationCodeResult:
        told: dict[str, Any] = {"code": "", **self.told}
        return AuthorizationCodeResult.model_validate(told)


async def registered(place: OAuthHouse, redirect_uri: str) -> str:
    """Register a program (RFC 7591), and return its client id."""
    said = {"client_name": "Wren", "redirect_uris": [redirect_uri]}
    async with place.visitor.http.post(f"{place.base}/oauth/register", json=said) as response:
        answer = await response.json()
        assert response.status == HTTPStatus.CREATED, answer
        return str(answer["client_id"])


def _parameters(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
