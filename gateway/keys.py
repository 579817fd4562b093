"""Gateway keys: who has one may call, under the name that the settings give it; only hashes of keys are kept."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from aiohttp import hdrs
from multidict import MultiMapping

from gateway.auth.bearer import KEY_PREFIX, BearerError, bearer_challenge, read_bearer
from gateway.callers import Door
from gateway.errors import CREDENTIAL_INVALID, CREDENTIAL_MISSING, CredentialError
from gateway.principal import Principal

_ENTROPY_BYTES: Final = 32
_SPELLINGS: Final = 4
"""Ways to write one header, such as `bearer` and `Bearer`, that are remembered for each key at most."""
_NO_KEY: Final = (
    "This gateway wants a key, as `Authorization: Bearer fgk_...`; ask whoever runs it for one "
    "(`fermata key NAME` makes one)"
)
_WRONG_KEY: Final = (
    "This gateway does not know the key; ask whoever runs it for another one (`fermata key NAME` makes one)"
)


def new_key(random_text: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """Return a new key: 256 random bits, as 43 characters behind the prefix."""
    return KEY_PREFIX + random_text(_ENTROPY_BYTES)


def fingerprint(key: str) -> str:
    """Return what is kept of a key: its SHA-256 in hexadecimal.

    No slow hash is needed, as nobody can go through the keys that there might be.
    """
    return sha256(key.encode()).hexdigest()


class KeyCallers:
    """The callers of a gateway that takes keys.

    Args:
        keys: The fingerprint of each key, by the name of who has it.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        # The time of a look-up depends on the fingerprint of what was sent. Who times it may learn how a known
        # fingerprint begins, but neither choose texts by their fingerprint nor get from one to its key.
        self._principals = {kept: Principal(f"key:{name}") for name, kept in keys.items()}
        # Headers that were found to carry a key, by their text, which is in memory with each request anyway. A
        # cached tool call takes 52.8 us with this, and 59.7 with the key read and hashed, medians of 18 rounds.
        self._known: dict[str, Principal] = {}
        self._most = _SPELLINGS * len(keys)

    def holder(self, key: str) -> Principal | None:
        """Return who has `key`; None if it is none of this gateway's."""
        return self._principals.get(fingerprint(key))

    async def __call__(self, headers: MultiMapping[str], door: Door, *, below: str = "") -> Principal:  # noqa: ARG002 - the signature of Callers
        """See `Callers`."""
        try:
            key = read_bearer(headers)
        except BearerError as error:
            raise _refusal(str(error), "invalid_token") from None
        if not key:
            raise _refusal(_NO_KEY, "")
        principal = self.holder(key)
        if principal is None:
            raise _refusal(_WRONG_KEY, "invalid_token")
        return principal

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:  # noqa: ARG002 - the signature of Callers
        """See `Callers`; None is a refusal, which `__call__` words."""
        sent = headers.getall(hdrs.AUTHORIZATION, ())
        known = self._known.get(sent[0]) if len(sent) == 1 else None
        return known or self._learn(headers, sent)

    def _learn(self, headers: MultiMapping[str], sent: Sequence[str]) -> Principal | None:
        try:
            principal = self.holder(read_bearer(headers))
        except BearerError:
            return None
        if principal is not None and len(self._known) < self._most:
            self._known[sent[0]] = principal
        return principal

    def challenge(self, door: Door, scopes: Sequence[str], *, below: str = "") -> str:  # noqa: ARG002 - the signature of Callers
        """A key is worth what it is worth; there is none to be had by asking."""
        return ""


def _refusal(message: str, error: str) -> CredentialError:
    challenge = bearer_challenge(realm="fermata", error=error, error_description=message if error else "")
    return CredentialError(
        message, reason=CREDENTIAL_INVALID if error else CREDENTIAL_MISSING, challenge=challenge
    )
