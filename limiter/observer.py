"""What a limiter tells the outside about itself; an observer never changes a decision."""

from typing import Final, Literal, Protocol, TypeAlias

from limiter.errors import Reason
from limiter.key import LimitKey, Priority

Outcome: TypeAlias = Literal["answered", "throttled", "lost", "unused"]


class LimiterObserver(Protocol):
    """Receives events synchronously, in the middle of the limiter's work: be quick and never raise."""

    def permitted(self, key: LimitKey, priority: Priority, *, waited_s: float) -> None:
        """A permit was granted after `waited_s` seconds."""

    def refused(self, key: LimitKey, priority: Priority, *, reason: Reason) -> None:
        """A call was refused."""

    def settled(self, key: LimitKey, outcome: Outcome) -> None:
        """A permit's outcome was reported."""

    def paused(self, key: LimitKey, retry_after_s: float, *, quota: bool) -> None:
        """A 429 stopped the client id or, with `quota`, the family on the whole account, for so many seconds."""

    def resumed(self, key: LimitKey) -> None:
        """The first call after a pause was answered; the others may follow."""

    def overdrawn(self, key: LimitKey, limit: int) -> None:
        """Urgent calls of the key's family went past the `limit` of its day, which never stops them."""


class NullObserver:
    """Ignores every event."""

    __slots__ = ()

    def permitted(self, key: LimitKey, priority: Priority, *, waited_s: float) -> None:
        """Ignore a grant."""

    def refused(self, key: LimitKey, priority: Priority, *, reason: Reason) -> None:
        """Ignore a refusal."""

    def settled(self, key: LimitKey, outcome: Outcome) -> None:
        """Ignore an outcome."""

    def paused(self, key: LimitKey, retry_after_s: float, *, quota: bool) -> None:
        """Ignore a pause."""

    def resumed(self, key: LimitKey) -> None:
        """Ignore the end of a pause."""

    def overdrawn(self, key: LimitKey, limit: int) -> None:
        """Ignore a day that is used up."""


NULL_OBSERVER: Final = NullObserver()
