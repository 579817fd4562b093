"""What the cache keeps of one answer; the bytes are the upstream's own, ready to send."""

from dataclasses import dataclass

_OVERHEAD_BYTES = 450
"""Key, objects and table slots around a body: tracemalloc counted 436 on CPython 3.11."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete upstream answer.

    Attributes:
        status: HTTP status.
        body: Undecoded JSON.
        etag: The validator that came with it (RFC 9110, section 8.8.3), or empty.
    """

    status: int
    body: bytes
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer with the span for which it is fresh, on the clock of the process that holds it."""

    answer: Answer
    stored_at: float
    expires_at: float

    @property
    def weight(self) -> int:
        """Bytes that this entry is charged against the bound of a store."""
        return len(self.answer.body) + _OVERHEAD_BYTES
