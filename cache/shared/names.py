"""Names in Redis; two keys never share one, and nothing of a key can be read from it but its owner."""

import re
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

_DIGEST_BYTES: Final = 16
_GLOB: Final = re.compile(rb"([*?\[\]\\])")


class Names:
    """Names of one namespace. Keys of the cache look like `owner`, a newline, and the rest, which is hashed.

    Args:
        namespace: Tells apart caches that share one Redis; any text.

    Attributes:
        stamps: What all names of stamps begin with, and nothing else.
        channel: Where processes tell each other what changed.
    """

    def __init__(self, namespace: str) -> None:
        # Quoted, so that no namespace is the beginning of another.
        self._base = f"fermata:cache:{quote(namespace, safe='')}:".encode()
        self._entries = self._base + b"e:"
        self._claims = self._base + b"c:"
        self.stamps = self._base + b"g:"
        self.channel = self._base + b"news"

    def entry(self, key: str) -> bytes:
        """Where the answer of `key` is kept."""
        return self._entries + _hashed(key)

    def claim(self, key: str) -> bytes:
        """Where it says who loads `key`."""
        return self._claims + _hashed(key)

    def stamp(self, key: str) -> bytes:
        """Where the stamp of `key` is kept, which is an owner, a newline and a tag."""
        return self.stamps + encoded(key)

    def stamped(self, name: bytes) -> str:
        """The key of a stamp's name; one that cannot be is a key that nobody uses."""
        return decoded(name.removeprefix(self.stamps))

    def owned(self, prefix: str) -> bytes:
        """The pattern of all answers and stamps of the owner that `prefix` names."""
        owner = encoded(prefix.partition("\n")[0])
        return self._base + b"[eg]:" + _GLOB.sub(rb"\\\1", owner) + b"\n*"


def encoded(text: str) -> bytes:
    """Any text, lone surrogates of undecodable input included, as bytes."""
    return text.encode("utf-8", "surrogatepass")


def decoded(data: bytes) -> str:
    """What `encoded` was given; anything for what it never made."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _hashed(key: str) -> bytes:
    data = encoded(key)
    return data.partition(b"\n")[0] + b"\n" + blake2b(data, digest_size=_DIGEST_BYTES).hexdigest().encode()
