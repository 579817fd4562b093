"""The border behind which a shared tier lives; a store may forget at any time, never raises and never hangs."""

from dataclasses import dataclass
from typing import Protocol

from cache.entry import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a shared tier holds of one key; times are spans, because its clock is not ours.

    Attributes:
        answer: As it came from Spotify.
        age_s: Seconds since then.
        fresh_s: Seconds for which it is still fresh; negative once it is stale.
        kept_s: Seconds for which it may still be served if nothing better can be had; always positive.
    """

    answer: Answer
    age_s: float
    fresh_s: float
    kept_s: float


class Store(Protocol):
    """A tier that several processes may share. Whatever goes wrong behind it, the answer is "nothing known"."""

    async def get(self, key: str) -> Stored | None:
        """Return what is kept, or None."""

    async def put(self, key: str, answer: Answer, *, fresh_s: float, kept_s: float) -> None:
        """Keep `answer`, just come from Spotify, for `kept_s` seconds, or not at all."""

    async def claim(self, key: str) -> bool:
        """Try to become the one process that loads `key`.

        The claim lasts until `release`, or ends by itself soon after this process dies. True also when nobody can
        tell, so that a store that fails stops no load.
        """

    async def release(self, key: str) -> None:
        """Give a claim up."""

    async def purge(self, prefix: str) -> None:
        """Delete everything whose key begins with `prefix`, here and in the first tier of every process."""

    async def close(self) -> None:
        """Release what the store holds."""


class NullStore:
    """The shared tier of a process that shares nothing."""

    async def get(self, key: str) -> Stored | None:  # noqa: ARG002 - the Protocol's name
        """Know nothing."""
        return None

    async def put(self, key: str, answer: Answer, *, fresh_s: float, kept_s: float) -> None:
        """Keep nothing."""

    async def claim(self, key: str) -> bool:  # noqa: ARG002 - the Protocol's name
        """Compete with nobody."""
        return True

    async def release(self, key: str) -> None:
        """Hold nothing."""

    async def purge(self, prefix: str) -> None:
        """Hold nothing."""

    async def close(self) -> None:
        """Hold nothing."""
