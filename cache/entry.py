"""What the cache keeps of one answer; the bytes are the upstream's own, ready to send."""

from dataclasses import dataclass
from math import inf

OVERHEAD_BYTES = 800
"""Key, objects and table slots around a body: tracemalloc counted 710 to 800 on CPython 3.11 with S3-FIFO."""


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


@dataclass(slots=True, eq=False)
class Entry:
    """An answer in process, with the spans in which it may be used; all moments are on this process's clock.

    Attributes:
        answer: What is kept.
        stored_at: When Spotify said it.
        fresh_until: Until then it is served without a question.
        stale_until: Until then it is served while somebody asks again in the background.
        kept_until: Until then it is served if asking fails; after that it must not be served at all.
        refresh_at: Until then it is served without asking, because somebody just asked in vain.
        tried_for: Whoever gives up later than that would have asked for longer, and does so all the same.
        uses: The eviction policy's count of look-ups.
    """

    answer: Answer
    stored_at: float
    fresh_until: float
    stale_until: float
    kept_until: float
    refresh_at: float = 0.0
    tried_for: float = -inf
    uses: int = 0

    @property
    def weight(self) -> int:
        """Bytes that this entry is charged against the bound of a shelf."""
        return len(self.answer.body) + OVERHEAD_BYTES
