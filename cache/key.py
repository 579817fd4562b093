"""Names what is cached; two requests share a key only if every principal that may ask gets the same bytes."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import urlencode

PUBLIC = "pub"
"""Owner of answers that do not depend on who asks."""

PRIVATE_PREFIX = "u:"
"""With what the names of all other owners begin."""

_MEMORISED = 4096
_PARTIAL = "\npartial"


class Owners:
    """Names whose answers are kept without naming anybody: users by a keyed hash, which only the app can make.

    Args:
        secret: At most 64 bytes; processes with the same one name the same users alike.
    """

    def __init__(self, secret: bytes) -> None:
        def private(user: str) -> str:
            return PRIVATE_PREFIX + blake2b(user.encode(), key=secret, digest_size=16).hexdigest()

        self._private = lru_cache(_MEMORISED)(private)

    def of(self, user: str) -> str:
        """Return the owner of what is read in the name of `user`; an empty name is the app itself."""
        return self._private(user) if user else PUBLIC


def cache_key(owner: str, path: str, *, query: Iterable[tuple[str, str]], profile: str, stamp: str = "") -> str:
    """Build the key of one read.

    Args:
        owner: From `Owners`; it stands first, so that all of an owner's keys have a common beginning.
        path: Path below the API's base.
        query: Names and values; encoded, so that no value can pass for another parameter.
        profile: Belongs to it because the same path has other fields in another profile.
        stamp: The state of what the answer depends on; see `cache.generations`.
    """
    return f"{owner}\n{profile}\n{stamp}\n{path}\n{urlencode(sorted(query))}"


def partial_key(key: str) -> str:
    """Return the key of the object that a list showed in the place of the whole one that `key` names."""
    # An encoded query has no line end, so this is no other request's key.
    return key + _PARTIAL


def is_partial(key: str) -> bool:
    """Tell whether `partial_key` made `key`."""
    return key.endswith(_PARTIAL)


def owner_prefix(owner: str) -> str:
    """Return with what all keys of `owner` begin, and no others."""
    return f"{owner}\n"
