"""Writes sessions down for other processes; what is too large is not written, what cannot be read is unknown."""

from typing import Any, Final

import orjson
from mcp_types import InitializeRequestParams
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import ValidationError

from tools.transport.caller import Owner
from tools.transport.store import SessionRecord

FORMAT: Final = 2
MOST_BYTES: Final = 16_384
"""A usual client fills 300. One may send megabytes, icons for example, which need not fill the store."""


def encode(record: SessionRecord, *, owned_by: str) -> bytes | None:
    """The session as text, or None if it is larger than `MOST_BYTES`; `owned_by` stands for its owner."""
    client = record.client.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"meta"})
    data = orjson.dumps(
        {
            "format": FORMAT,
            "owner": owned_by,
            "selection": record.selection,
            "version": record.protocol_version,
            "client": client,
        }
    )
    return data if len(data) <= MOST_BYTES else None


def decode(data: bytes, *, owned_by: str, owner: Owner, selection: str) -> SessionRecord | None:
    """The session that `encode` wrote, if it is `owner`'s, whom `owned_by` stands for, and of this selection."""
    try:
        said: Any = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict) or said.get("version") not in HANDSHAKE_PROTOCOL_VERSIONS:
        return None
    if (said.get("format"), said.get("owner"), said.get("selection")) != (FORMAT, owned_by, selection):
        return None
    try:
        client = InitializeRequestParams.model_validate(said.get("client"), by_name=False)
    except ValidationError:
        return None
    return SessionRecord(owner=owner, selection=selection, protocol_version=said["version"], client=client)
