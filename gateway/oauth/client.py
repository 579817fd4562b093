"""A program that people can allow to act for them; all clients are public, so none of them has a secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.oauth.address import parse
from gateway.oauth.redirect_rule import LONGEST_URI, same_redirect
from gateway.oauth.shown import display_name

Origin = Literal["configured", "document", "registered"]
"""How it became known: by the settings, by a client-ID metadata document, or by dynamic registration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What a client says of itself; nothing of it but the redirect URIs was ever verified.

    Attributes:
        id: Its client id; for `document` the https address of the document.
        name: What it calls itself, as `display_name` leaves it, perhaps empty. It is no HTML.
        redirect_uris: Where codes may be sent, each compared exactly; of a loopback one (RFC 8252, 7.3) the port
            may differ.
        origin: How it became known.
        uri: Its home page, https always; empty if it has none, or none that a page may link to.
    """

    id: str
    name: str
    redirect_uris: Sequence[str]
    origin: Origin
    uri: str = ""

    def __post_init__(self) -> None:
        address = parse(self.uri) if len(self.uri) <= LONGEST_URI else None
        object.__setattr__(self, "name", display_name(self.name))
        object.__setattr__(self, "redirect_uris", tuple(self.redirect_uris))
        object.__setattr__(self, "uri", self.uri if address and address.scheme == "https" else "")

    def allows(self, redirect_uri: str) -> bool:
        """Tell whether codes may be sent to `redirect_uri`."""
        return any(same_redirect(registered, redirect_uri) for registered in self.redirect_uris)


class ClientDirectory(Protocol):
    """Knows the clients."""

    async def find(self, client_id: str) -> Client:
        """Return the client of that id.

        Raises:
            ClientError: There is none, or what it says of itself cannot be had or is wrong; the text says which.
        """
        ...


class ClientCheck(Protocol):
    """Knows which clients may still redeem what they were given."""

    async def check(self, client_id: str) -> None:
        """Let the client of that id pass; nothing is fetched for it.

        Raises:
            ClientError: There is certainly none.
        """
        ...
