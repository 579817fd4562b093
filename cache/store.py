"""The border behind which a shared tier lives; a store may forget at any time and never raises."""

from typing import Protocol

from cache.entry import Answer


class Store(Protocol):
    """A tier that several processes may share; times are spans, because its clock is not ours."""

    async def get(self, key: str) -> tuple[Answer, float] | None:
        """Return the answer and the seconds for which it is still fresh, or None."""

    async def put(self, key: str, answer: Answer, *, ttl_s: float) -> None:
        """Keep `answer` for `ttl_s` seconds, or not at all."""

    async def close(self) -> None:
        """Release what the store holds."""


class NullStore:
    """The shared tier of a process that shares nothing."""

    async def get(self, key: str) -> tuple[Answer, float] | None:  # noqa: ARG002 - the Protocol's name
        """Know nothing."""
        return None

    async def put(self, key: str, answer: Answer, *, ttl_s: float) -> None:
        """Keep nothing."""

    async def close(self) -> None:
        """Hold nothing."""
