"""One key's way through the hierarchy of budgets; a call that takes from one of them takes from all, or from none.

Account and family (the day quota and its pause), client id (the rolling window: the shard's slots), and, where the
config limits them, family and user within the client id. Nothing awaits between the look at all of them and the
take, so on one thread that is atomic.
"""

from typing import TYPE_CHECKING

from limiter.account import Family
from limiter.key import LimitKey
from limiter.window import SlotWindow

if TYPE_CHECKING:
    from limiter.shard import Shard


class Path:
    """Where calls of one key are counted.

    Attributes:
        key: the key.
        shard: its client id.
        stock: the client id's slots that need no clock.
        family: its family on the account.
        windows: the windows within the client id that hold it besides, often none.
    """

    __slots__ = ("family", "key", "shard", "stock", "windows")

    def __init__(self, key: LimitKey, shard: "Shard", family: Family, windows: tuple[SlotWindow, ...]) -> None:
        self.key = key
        self.shard = shard
        self.stock = shard.stock
        self.family = family
        self.windows = windows

    def limited(self, *, bulk: bool) -> bool:
        """Something besides the client id's slots and pauses can hold calls back."""
        return bool(self.windows) or (bulk and self.family.day.limit > 0)

    def admits(self, now: float, *, bulk: bool) -> bool:
        """Nothing but the client id's own slots can hold a call back."""
        if self.family.pause.admits_at > now:
            return False
        for window in self.windows:
            window.collect(now)
            if window.free <= 0:
                return False
        return not bulk or self.family.day.room(now) > 0

    def admits_at(self, now: float, *, bulk: bool) -> float:
        """The soonest time at which that holds, if no news comes in."""
        return max(self.family.pause.admits_at, self.room_at(1, now, bulk=bulk))

    def room_at(self, nth: int, now: float, *, bulk: bool) -> float:
        """When the nth newcomer from now finds room, pauses aside."""
        at = now
        for window in self.windows:
            at = max(at, window.slot_at(nth, now))
        return max(at, self.family.day.free_at(nth, now)) if bulk else at

    def take(self, *, bulk: bool) -> None:
        """A call leaves. Urgent ones are counted against the day when they are answered: it never stops them."""
        for window in self.windows:
            window.take()
        if bulk:
            self.family.day.hold()

    def settle(self, now: float, *, bulk: bool) -> None:
        """It was answered."""
        for window in self.windows:
            window.settle(now)
        self._count(now, bulk=bulk)

    def lose(self, now: float, *, bulk: bool) -> None:
        """It was given up."""
        for window in self.windows:
            window.lose(now)
        self._count(now, bulk=bulk)

    def void(self, *, bulk: bool) -> None:
        """It never left."""
        for window in self.windows:
            window.void()
        if bulk:
            self.family.day.release()

    def _count(self, now: float, *, bulk: bool) -> None:
        day = self.family.day
        if bulk:
            day.release()
        # An account without a day quota is not made to pay for one with each call.
        if day.limit:
            day.add(now)
