"""Knows every client, however it became known; what the operator has named comes first."""

from collections.abc import Mapping, Sequence

from gateway.oauth.client import Client
from gateway.oauth.documents import Documents
from gateway.oauth.errors import ClientError
from gateway.oauth.registered import PREFIX, Registered


class Clients:
    """See `ClientDirectory` and `ClientCheck`. Both may raise `VaultError` for those that registered themselves.

    Args:
        configured: The redirect URIs of the clients that are known beforehand, by client id.
        documents: Those that have a document.
        registered: Those that registered themselves, when that was possible.
    """

    def __init__(
        self, configured: Mapping[str, Sequence[str]], *, documents: Documents, registered: Registered
    ) -> None:
        self._configured = {
            client_id: Client(id=client_id, name=client_id, redirect_uris=redirect_uris, origin="configured")
            for client_id, redirect_uris in configured.items()
        }
        self._documents = documents
        self._registered = registered

    async def check(self, client_id: str) -> None:
        """See `ClientCheck.check`."""
        if client_id not in self._configured and self._documents.covers(client_id):
            # Not asked again for what it says of itself: its codes and tokens are bound to its id. Else whoever
            # makes ids up, or an hour in which its site is down, would keep all its users from their tokens.
            self._documents.check(client_id)
            return
        await self.find(client_id)

    async def find(self, client_id: str) -> Client:
        """See `ClientDirectory.find`."""
        known = self._configured.get(client_id)
        if known is not None:
            return known
        if self._documents.covers(client_id):
            return await self._documents.find(client_id)
        if client_id.startswith(PREFIX):
            return await self._registered.find(client_id)
        raise _unknown()


def _unknown() -> ClientError:
    return ClientError(
        "There is no such client. Use the https address of a client-ID metadata document as client_id, or ask "
        "the operator to add the client to FERMATA_CLIENTS"
    )
