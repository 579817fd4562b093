"""Believes for a few seconds what a vault said of a token; never what was said before something ended here."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from gateway.oauth.access import Access
from gateway.oauth.grant import Grant

_MOST: Final = 4096


@dataclass(frozen=True, slots=True)
class _Belief:
    access: Access
    until: float


@dataclass(frozen=True, slots=True)
class Question:
    """When a vault was asked; opaque.

    Attributes:
        asked_at: In seconds of the memory's clock.
        endings: How many had ended here by then.
    """

    asked_at: float
    endings: int


class Memory:
    """What is known of tokens in this process; holds hashes of them only.

    Args:
        believe_s: How long an ending elsewhere may go unnoticed.
        clock: Monotonic seconds.
        wall_clock: Seconds since the epoch.
        most: How many tokens are known at once; those that were not used in the longest time make room.
    """

    def __init__(
        self,
        believe_s: float,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        most: int = _MOST,
    ) -> None:
        self._believe_s = believe_s
        self._clock = clock
        self._wall_clock = wall_clock
        self._most = most
        self._beliefs: OrderedDict[bytes, _Belief] = OrderedDict()
        self._endings = 0

    def recall(self, token: str) -> Grant | None:
        """Return the grant of a token that is known to be good; None says nothing. It takes microseconds."""
        key = _key_of(token)
        belief = self._beliefs.get(key)
        if belief is None:
            return None
        if self._clock() >= belief.until or self._wall_clock() >= belief.access.until:
            del self._beliefs[key]
            return None
        self._beliefs.move_to_end(key)
        return belief.access.grant

    def question(self) -> Question:
        """Return what `believe` needs; to be called before a vault is asked."""
        return Question(self._clock(), self._endings)

    def believe(self, token: str, access: Access, *, since: Question) -> None:
        """Remember what a vault said, for as long as it can be believed."""
        # The vault may have been read just before the family ended, and its answer comes in after `forget`.
        if since.endings != self._endings:
            return
        self._beliefs[_key_of(token)] = _Belief(access, since.asked_at + self._believe_s)
        if len(self._beliefs) > self._most:
            self._beliefs.popitem(last=False)

    def forget(self, ended: Callable[[Grant], bool]) -> None:
        """Forget the tokens of the grants that have ended, and what is being asked about any token now."""
        self._endings += 1
        # Some 0.4 ms when full, for something that people do now and then.
        gone = [key for key, belief in self._beliefs.items() if ended(belief.access.grant)]
        for key in gone:
            del self._beliefs[key]


def _key_of(token: str) -> bytes:
    return sha256(token.encode()).digest()
