"""Reads client-ID metadata documents (draft-ietf-oauth-client-id-metadata-document); each speaks for its address.

The draft asks for no relation between the address of a document and its redirect URIs, and desktop clients could
not have one. So a document proves who wrote it, and not who gets the code: a page that asks for consent shows both
hosts.
"""

from typing import Any, Final

from pydantic import Field

from gateway.oauth.address import parse
from gateway.oauth.client import Client
from gateway.oauth.client_metadata import ClientMetadata, MetadataError

LONGEST_ID: Final = 2048


class _Document(ClientMetadata):
    client_id: str
    token_endpoint_auth_method: str | None = None
    # From OpenID Connect RP Metadata Choices: what the client can do besides. ChatGPT's document prefers
    # `private_key_jwt`, and offers `none` here to those who know no other method.
    token_endpoint_auth_methods_supported: list[str] = Field(default_factory=list)
    # Whoever publishes a secret has none, and believes to have one.
    client_secret: Any = None
    client_secret_expires_at: Any = None

    @property
    def can_be_public(self) -> bool:
        """Whether the client goes without authentication where nothing else is known."""
        return "none" in {
            self.token_endpoint_auth_method or "none",
            *self.token_endpoint_auth_methods_supported,
        }

    @property
    def holds_secret(self) -> bool:
        """Whether it publishes what must not be published."""
        return self.client_secret is not None or self.client_secret_expires_at is not None


def address_problem(client_id: str, *, permitted: frozenset[str] = frozenset()) -> str:
    """Return what keeps `client_id` from being the address of a document, or nothing.

    `permitted` holds origins that need not be https.
    """
    address = parse(client_id) if len(client_id) <= LONGEST_ID else None
    if address is None:
        return "client_id is no plain https address: it takes no user, fragment, dot segments or odd characters"
    if address.scheme != "https" and address.origin not in permitted:
        return "client_id must begin with https://"
    return "" if address.path else "client_id must have a path, such as /client.json"


def client_of(client_id: str, body: bytes) -> Client:
    """Return the client that the document at `client_id` describes.

    Raises:
        MetadataError: It describes none, or none that can be served.
    """
    said = _Document.read(body)
    if said.client_id != client_id:
        raise MetadataError("client_id in it must be its own address, letter for letter")
    if said.holds_secret:
        raise MetadataError("It must not hold a client_secret: everybody can read it")
    if not said.can_be_public:
        raise MetadataError(
            "token_endpoint_auth_method must be none, or token_endpoint_auth_methods_supported must hold it: "
            "clients are public here, and prove themselves by PKCE"
        )
    return Client(
        id=client_id,
        name=said.client_name or "",
        redirect_uris=said.redirect_uris,
        origin="document",
        uri=said.client_uri or "",
    )
