"""A program that people can allow to act for them; all clients are public, so none of them has a secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Origin = Literal["configured", "document", "registered"]
"""How it became known: by the settings, by a client-ID metadata document, or by dynamic registration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What a client says of itself; nothing of it but the redirect URIs was ever verified.

    Attributes:
        id: Its client id; for `document` the https address of the document.
        name: What it calls itself, to be shown with care.
        redirect_uris: Where codes may be sent, each compared exactly; of a loopback one (RFC 8252, 7.3) the port
            may differ.
        origin: How it became known.
        uri: Its home page, or empty.
    """

    id: str
    name: str
    redirect_uris: Sequence[str]
    origin: Origin
    uri: str = ""

    def allows(self, redirect_uri: str) -> bool:
        """Tell whether codes may be sent to `redirect_uri`."""
        raise NotImplementedError


class ClientDirectory(Protocol):
    """Knows the clients."""

    async def find(self, client_id: str) -> Client:
        """Return the client of that id.

        Raises:
            ClientError: There is none, or what it says of itself cannot be had or is wrong; the text says which.
        """
        ...
