"""Names in Redis; whoever reads them learns no session id and no owner."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

import orjson

from tools.transport.caller import Owner

_DIGEST_BYTES: Final = 24


class Names:
    """Names of one namespace.

    Args:
        namespace: Tells apart gateways that share one Redis and nothing else; any text.
        owner_of: Turns a text that says whose a session is into one of which only this app can find that out.

    Attributes:
        channel: Where processes tell each other what ended.
    """

    def __init__(self, namespace: str, *, owner_of: Callable[[str], str]) -> None:
        self._owner_of = owner_of
        # Quoted, so that no namespace is the beginning of another.
        self._base = f"fermata:mcp:{quote(namespace, safe='')}:"
        self.channel = f"{self._base}news"

    @staticmethod
    def key(session_id: str) -> str:
        """What a session is called among processes; its id is long and random, so no secret need hide it."""
        # A header may hold bytes that are no text, which aiohttp makes lone surrogates of.
        data = session_id.encode("utf-8", "surrogatepass")
        return blake2b(data, digest_size=_DIGEST_BYTES, person=b"fermata.session").hexdigest()

    def owner(self, owner: Owner) -> str:
        """What stands for the owner of a session."""
        # As a list in JSON: whatever a client calls itself, no two owners are one text.
        return self._owner_of(orjson.dumps([*owner]).decode())

    def session(self, key: str) -> str:
        """Where the session of that key is kept."""
        return f"{self._base}s:{key}"
