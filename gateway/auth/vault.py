"""The border behind which secrets are kept: whoever reads the storage learns neither names nor values from it.

Everything that identity has to remember goes through here: sign-ins, one-time codes, tokens, registered clients.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class VaultError(Exception):
    """What is kept cannot be reached now; nothing was changed as far as is known. The text holds no secret."""


class Vault(Protocol):
    """Keeps values by kind and key, for all processes that share it.

    A kind is a short word from our code. A key may be a secret itself (a token, a code): it is stored as a keyed
    hash only. Values are encrypted and bound to their kind and key, so that one cannot be put in another's place.
    A value that cannot be decrypted, because it was tampered with or the secret has changed, counts as absent.
    Times to live are in seconds; None keeps a value until it is deleted.

    Every method may raise `VaultError`. A cancelled write has happened wholly or not at all.
    """

    async def get(self, kind: str, key: str) -> bytes | None:
        """Return the value; None if there is none, or it has outlived its time."""
        ...

    async def put(self, kind: str, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        """Keep `value` in the place of whatever was there; on return it is on disk, or in Redis."""
        ...

    async def add(self, kind: str, key: str, value: bytes, *, ttl_s: float | None = None) -> bool:
        """Keep `value` if there is none yet; tell whether it was kept. Of many who add at once one succeeds."""
        ...

    async def take(self, kind: str, key: str) -> bytes | None:
        """Return the value and delete it; of many who take at once one gets it."""
        ...

    async def swap(
        self, kind: str, key: str, value: bytes | None, *, expected: bytes | None, ttl_s: float | None = None
    ) -> bool:
        """Put `value`, or delete if it is None, if what is there is still `expected`; tell whether it was."""
        ...

    async def delete(self, kind: str, key: str) -> None:
        """Delete the value, if there is one."""
        ...

    async def count(self, kind: str) -> int:
        """Return how many values of a kind there are, about."""
        ...

    def alone(self, kind: str, key: str, *, at_most_s: float) -> AbstractAsyncContextManager[None]:
        """Return a context that one at a time is in, of all processes; it is left by itself after `at_most_s`.

        Entering waits as long as it takes; whoever enters must look again at what it wants to change. It is no
        substitute for `swap`: a holder that was paused for longer than `at_most_s` is not alone any more.
        """
        ...
