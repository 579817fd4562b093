"""Keeps answers of tools that were made from cached reads; none outlives a change of what it was made from.

Each look asks the cache anew for every read, for the caller of now: an answer is given only if all are there,
fresh and the same bytes as before. So it can be neither older nor more private than the cache itself.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.memo import Memo
from gateway.principal import Principal
from gateway.trim import trimmed
from tools.fast.memory import Memory
from tools.tool import Read

Key = tuple[object, Principal, bytes]
"""What runs, who calls, and the arguments as JSON.

All of who calls: what one token may read is no answer to another of the same person that allows less.
"""

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of answers and of what they were made from, together; a search for 20 tracks takes about 40 KB."""

_LARGEST: Final = 512 * 1024
_READ: Final = 1024
"""Bytes that an entry with one read takes beside answer and body; each further read takes half as much."""

_SEEN: Final = 4096


class Glances(Protocol):
    """Looks into the cache; `gateway.client.SpotifyClient` does."""

    def still(self, memo: Memo, body: bytes) -> bool:
        """Tell whether the read would be answered with that very `body` now, from this process and fresh."""


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: bytes
    reads: Sequence[Read]
    size: int


class Repeats:
    """A bounded table of answers, least recently given first out."""

    def __init__(self, cache: Glances, *, most_bytes: int = MOST_BYTES) -> None:
        self._cache = cache
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._bytes = 0
        # A call that comes only once is not worth an entry. By hash: two that share one are merely kept too soon.
        self._seen: Memory[int, None] = Memory(_SEEN)

    def get(self, key: Key) -> bytes | None:
        """Return the answer under `key` if it is still what the tool would answer."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        for read in kept.reads:
            if not self._cache.still(read.memo, read.body):
                self._drop(key)
                return None
        self._kept.move_to_end(key)
        return kept.answer

    def put(self, key: Key, answer: bytes, *, reads: Callable[[], Sequence[Read]]) -> None:
        """Keep `answer` if the same was asked before and it may be repeated."""
        if (seen := hash(key)) not in self._seen:
            self._seen.learn(seen, None)
            return
        found = reads()
        size = len(answer) + len(key[2]) + sum(len(read.body) + _READ for read in found)
        if not found or size > _LARGEST:
            return
        self._drop(key)
        runs, caller, wording = key
        self._kept[runs, caller, trimmed(wording)] = _Kept(answer, found, size)
        self._bytes += size
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        if (kept := self._kept.pop(key, None)) is not None:
            self._bytes -= kept.size
