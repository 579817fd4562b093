"""Keeps clients that registered themselves, as long as they are used, and never more than a fixed number."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.auth.vault import Vault
from gateway.oauth.client import Client
from gateway.oauth.client_metadata import ClientMetadata
from gateway.oauth.errors import ClientError, OAuthError

PREFIX: Final = "dyn_"
"""Begins their ids; nothing that is an address does."""
KIND: Final = "client"
"""The vault's kind of these records; the key is the client id."""
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredConfig:
    """Bounds. Spans are in seconds.

    Attributes:
        most: Clients that are kept at one time, about.
        unused_s: How long one is kept that nobody has used yet. Short, for strangers can fill the table.
        kept_s: How long one is kept after its last use.
        renewed_s: How much of that may be gone before it is prolonged.
    """

    most: int = 1000
    unused_s: float = _DAY_S
    kept_s: float = 90 * _DAY_S
    renewed_s: float = _DAY_S


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    redirect_uris: tuple[str, ...]
    name: str
    uri: str
    # Wall-clock seconds; 0 says that nobody has used it.
    used_at: float = 0.0


class Registered:
    """The clients that registered themselves. Every method may raise `VaultError`.

    Args:
        vault: Keeps them.
        config: Bounds.
        wall_clock: Seconds since the epoch.
        secret: Makes texts that nobody can guess.
    """

    def __init__(
        self, vault: Vault, config: RegisteredConfig, *, wall_clock: Callable[[], float], secret: Callable[[], str]
    ) -> None:
        self._vault = vault
        self._config = config
        self._wall_clock = wall_clock
        self._secret = secret

    async def add(self, said: ClientMetadata) -> tuple[Client, int]:
        """Keep a new client; return it, and when it was registered in whole seconds since the epoch.

        Raises:
            OAuthError: There are too many.
        """
        if await self._vault.count(KIND) >= self._config.most:
            raise OAuthError(
                "temporarily_unavailable",
                "Too many clients have registered; use a client-ID metadata document, or come back tomorrow",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
            )
        client_id = PREFIX + self._secret()
        record = _Record(
            redirect_uris=tuple(said.redirect_uris), name=said.client_name or "", uri=said.client_uri or ""
        )
        await self._vault.put(KIND, client_id, _encode(record), ttl_s=self._config.unused_s)
        return _client(client_id, record), int(self._wall_clock())

    async def find(self, client_id: str) -> Client:
        """Return the client of that id, which counts as a use; see `ClientDirectory.find`."""
        kept = await self._vault.get(KIND, client_id)
        record = _decode(kept)
        if record is None:
            raise ClientError("No client of that id is registered, or it was not used for long; register again")
        now = self._wall_clock()
        if now - record.used_at >= self._config.renewed_s:
            used = record.model_copy(update={"used_at": now})
            # If somebody else was first, the client is renewed, or deleted and to stay so.
            await self._vault.swap(KIND, client_id, _encode(used), expected=kept, ttl_s=self._config.kept_s)
        return _client(client_id, record)


def _client(client_id: str, record: _Record) -> Client:
    return Client(
        id=client_id, name=record.name, redirect_uris=record.redirect_uris, origin="registered", uri=record.uri
    )


def _encode(record: _Record) -> bytes:
    return record.model_dump_json().encode()


def _decode(kept: bytes | None) -> _Record | None:
    """Return a record; None if there is none, or one that cannot be read, such as that of a newer version."""
    try:
        return None if kept is None else _Record.model_validate_json(kept)
    except ValidationError:
        return None
