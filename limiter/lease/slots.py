"""Slots of one client id that several processes share: taken here without asking, traded with the store by leases.

A call leaves on a granted slot while its lease lasts, or on the floor that the store withholds for this node. So
the limit holds whatever happens to the store, to the network and to the other processes.
"""

from collections import deque
from collections.abc import Callable, Mapping
from copy import copy
from math import inf
from typing import Final

from limiter.config import LimiterConfig
from limiter.lease.alone import Alone
from limiter.lease.config import LeaseConfig
from limiter.lease.forecast import Forecast
from limiter.lease.holdings import Holdings
from limiter.lease.messages import Both, LeaseReply, LeaseRequest, Limit, ms
from limiter.lease.store import Push
from limiter.lease.talk import SharedPause, Talk
from limiter.stock import Stock

MOST: Final = 64
"""Slots of one kind that are asked for at a time."""

GAP_S: Final = 0.005
"""Shortest time between two syncs: at a window of 30 s nothing changes faster."""


class LeasedSlots:
    """See `limiter.slots.Slots`; besides that, one half of a talk with the store, whose other half is `Keeper`.

    Args:
        window: sizes and times; its `calls` is only a proposal if the store knows a newer limit.
        lease: times and shares of the leases.
        node: name of this process, in letters, digits, _ and -; never used by another one.
        clock: monotonic seconds, which the times passed in are from. On a host that sleeps it must go on meanwhile
            (CLOCK_BOOTTIME), or a lease from before is spent afterwards.

    Attributes:
        limit, window_s, quick: see `Slots`.
        wake: called when a sync would help; set by the keeper.
    """

    def __init__(
        self, window: LimiterConfig, lease: LeaseConfig, *, node: str, clock: Callable[[], float]
    ) -> None:
        self.limit = window.calls
        self.window_s = window.window_s
        # Nothing is free without a look at the clock, so this stays empty.
        self.quick = Stock()
        self.wake: Callable[[], None] = _nothing
        self._window = window
        self._lease = lease
        self._clock = clock
        self._away_s = window.window_s + window.guard_s
        self._lost_s = window.window_s + window.abort_guard_s
        self._held = Holdings()
        self._alone = Alone(lease)
        self._forecast = Forecast(turns=((-inf, window.calls),), period_s=self._away_s, limit=window.calls)
        self._waiting = Both()
        self._taken: deque[float] = deque(maxlen=MOST)
        self._aged = False
        self._ramp_at: float | None = None
        self._talk = Talk(node, Limit(calls=window.calls))
        self._cold_until = -inf
        self._urged = True
        # Everything asked for was granted, so asking for more may help.
        self._plenty = Both(urgent=1, bulk=1)

    # Slots

    @property
    def free(self) -> int:
        """See `Slots.free`."""
        now = self._clock()
        return self._held.free(now) or max(0, self._alone.allowance(now) - self._held.used(now))

    @property
    def in_flight(self) -> int:
        """See `Slots.in_flight`."""
        return self._held.in_flight

    @property
    def left(self) -> int:
        """See `Slots.left`."""
        now = self._clock()
        return self._held.free(now) + self._forecast.free(now) if self.reachable else self.free

    @property
    def used(self) -> int:
        """See `Slots.used`; those of this process."""
        return self._held.used(self._clock())

    def collect(self, now: float) -> None:
        """See `Slots.collect`; nothing here is counted without the time."""

    def took(self, seconds: float) -> None:
        """See `Slots.took`; forecasts are the store's."""

    def pace(self, burst: int) -> None:
        """See `Slots.pace`; the store paces."""

    def take(self, now: float) -> bool:
        """See `Slots.take`."""
        if self._held.take(now):
            self._taken.append(now)
            return True
        if self._held.used(now) >= self._alone.allowance(now):
            return False
        self._held.take_alone()
        self.urge()
        self._taken.append(now)
        return True

    def take_bulk(self, now: float, *, backlog: bool, in_turn: bool = False) -> bool:  # noqa: ARG002
        """See `Slots.take_bulk`. The store paces, because the backlogs of all nodes count."""
        if self._held.take_bulk(now):
            return True
        self._aged = self._aged or in_turn
        if self._held.used(now) >= self._alone.allowance_bulk(now):
            return False
        self._held.take_alone()
        self.urge()
        return True

    def settle(self, now: float, *, bulk: bool = False) -> None:  # noqa: ARG002  the store knows
        """See `Slots.settle`."""
        self._held.settle(now + self._away_s)

    def lose(self, now: float) -> None:
        """See `Slots.lose`."""
        self._held.settle(now + self._lost_s)

    def void(self, *, bulk: bool) -> None:
        """See `Slots.void`."""
        self._held.void(bulk=bulk)

    def ramp(self, now: float) -> None:
        """See `Slots.ramp`."""
        self._held.keep(now, urgent=0, bulk=0)
        self._ramp_at = now
        self.urge()

    def resize(self, calls: int) -> None:
        """Propose a limit to all nodes; it holds once the store has heard it.

        Raises:
            ValueError: fewer than one slot.
        """
        if calls < 1:
            raise ValueError(f"a window needs at least one slot, not {calls}")
        self._talk.limit = Limit(calls=calls, version=self._talk.limit.version + 1)
        self.urge()

    def demand(self, now: float, *, urgent: int, bulk: int) -> None:
        """See `Slots.demand`."""
        more_urgent, more_bulk = urgent > self._waiting.urgent, bulk > self._waiting.bulk
        self._waiting = Both(urgent=urgent, bulk=bulk)
        if (more_urgent and self._plenty.urgent and urgent > self._held.free(now)) or (
            more_bulk and self._plenty.bulk and bulk > self._held.free_bulk(now)
        ):
            self.urge()

    def wake_at(self, now: float, *, urgent: bool, bulk: bool) -> float:
        """See `Slots.wake_at`; what the store grants is news, so only this node's own slots have a time."""
        if (urgent and self.free) or (bulk and self._held.free_bulk(now)):
            return now
        if urgent and self._alone.allowance(now):
            return min(self._held.returns(now), default=inf)
        return inf

    def urgent_at(self, nth: int, now: float) -> float:
        """See `Slots.urgent_at`."""
        nth -= self._held.free(now)
        if nth <= 0:
            return max(now, self._forecast.opens)
        return self._alone_at(nth, now) if self._alone.lost else self._forecast.urgent_at(nth, now)

    def bulk_at(self, nth: int, now: float, *, ahead: int) -> float:
        """See `Slots.bulk_at`."""
        nth -= self._held.free_bulk(now)
        if nth <= 0:
            return now
        return now + self.window_s if self._alone.lost else self._forecast.bulk_at(nth, now, ahead=ahead)

    def rehearsal(self, now: float, start: float, *, probe: bool, ramp: bool) -> "LeasedSlots":
        """See `Slots.rehearsal`."""
        slots = copy(self)
        slots.wake = _nothing
        slots._held = Holdings()  # noqa: SLF001  its own kind
        slots._taken = deque(maxlen=MOST)  # noqa: SLF001
        slots._forecast = self._forecast.rehearsal(  # noqa: SLF001
            now, start, probe=probe, ramp=self.window_s if ramp else 0.0
        )
        return slots

    def _alone_at(self, nth: int, now: float) -> float:
        allowance, used = self._alone.allowance(now), self._held.used(now)
        if nth <= allowance - used:
            return now
        returns = self._held.returns(now)
        place = nth - 1 - max(0, allowance - used)
        if not allowance or place >= len(returns):
            # Nobody knows when the store will be back; by then, all that is in the window now is home.
            return now + self.window_s
        return returns[place]

    # Besides slots

    @property
    def reachable(self) -> bool:
        """The store answered the latest question."""
        return self._alone.known and not self._alone.lost

    @property
    def node(self) -> str:
        """Name of this process."""
        return self._talk.node

    @property
    def pauses(self) -> Mapping[str, SharedPause]:
        """Pauses of the account, by scope, as last told."""
        return self._talk.pauses

    @property
    def sums(self) -> Mapping[str, int]:
        """Calls of the account in the last 24 hours, by family, as last told."""
        return self._talk.sums

    @property
    def crowded(self) -> bool:
        """Others wait too."""
        waiting = self._forecast.waiting
        return waiting.urgent + waiting.bulk > 0

    def called(self, family: str) -> None:
        """A call of this family left, and counts towards the day's quota."""
        self._talk.calls[family] += 1

    def paused(self, scope: str, until: float) -> None:
        """A pause began here and the store has not heard of it; the next sync tells."""
        self._talk.news[scope] = max(until, self._talk.news.get(scope, -inf))
        self.urge()

    # The talk

    def sync_at(self, now: float) -> float:
        """When the store should be asked next."""
        asked_at = self._talk.asked_at
        if self._talk.asked is not None or self._urged:
            return max(now, asked_at + GAP_S)
        ttl_s = self._lease.ttl_s
        waits = self._waiting.urgent or self._waiting.bulk
        after = self._lease.idle_s
        if waits or self._talk.pauses or self._held.used(now):
            after = ttl_s
        if self._held.free(now):
            after = ttl_s / 2
        at = asked_at + after
        if waits:
            chance = self._forecast.next_at(now, urgent=self._waiting.urgent > 0, bulk=self._waiting.bulk > 0)
            at = min(at, chance)
        if asked_at < self._cold_until:
            # Asked while it was cold: a floor, and news of members, are there for the asking once it is not.
            at = min(at, self._cold_until)
        return max(at, asked_at + GAP_S)

    def question(self, now: float) -> str:
        """What to ask: a new question, or the same again until it is answered."""
        talk = self._talk
        if talk.asked is None:
            talk.asked, talk.asked_at = self._compose(now), now
        return talk.asked.encode(now, self._terms())

    def heard(self, reply: LeaseReply, now: float) -> None:
        """The store answered."""
        talk = self._talk
        asked = talk.asked
        if asked is None:
            return
        if not talk.heard(asked, reply, now):
            self._ramp_at = self._ramp_at or asked.ramp_at
            self._held.drop()
            self._urged = True
            return
        self.limit = reply.limit.calls
        self._alone.heard(talk.asked_at, floor=reply.floor, equal_part=self.limit // max(1, len(reply.members)))
        self._held.grant(
            urgent=reply.urgent,
            bulk=reply.bulk,
            cover=asked.in_flight + asked.keep + reply.urgent + reply.bulk,
            # From before it was sent: the store reckons from when it came in.
            until=talk.asked_at + self._lease.ttl_s,
        )
        self._cold_until = now + reply.cold / 1000 if reply.cold else -inf
        self._forecast = Forecast.of(reply, now, period_s=self._away_s, window_s=self.window_s)
        self._look_on(asked, reply, now)

    def urge(self) -> None:
        """Sync as soon as may be."""
        self._urged = True
        self.wake()

    def missed(self, now: float) -> None:
        """The store did not answer."""
        self._alone.missed(now, used=self._held.used(now), horizon_s=self._lease.horizon_s(self._window))

    def pushed(self, push: Push, now: float) -> None:
        """A hint came from the store."""
        if push.node == self._talk.node or not push.here:
            return
        waits = self._waiting.urgent or self._waiting.bulk
        if push.word == "want" and not self._held.free(now):
            return
        if push.word == "room" and not waits:
            return
        self.urge()

    def farewell(self, now: float) -> str:
        """The last question: everything goes back."""
        self._waiting = Both()
        self._held.drop()
        self._talk.joining = True
        return self._compose(now).encode(now, self._terms())

    @property
    def has_joined(self) -> bool:
        """The store knows this node."""
        return self._talk.epoch != ""

    def _look_on(self, asked: LeaseRequest, reply: LeaseReply, now: float) -> None:
        got_all = Both(urgent=int(reply.urgent >= asked.want.urgent), bulk=int(reply.bulk >= asked.want.bulk))
        self._plenty = got_all
        self._urged = (
            self._ramp_at is not None
            or self._talk.has_news(reply)
            or (got_all.urgent > 0 and self._waiting.urgent > self._held.free(now))
            or (got_all.bulk > 0 and self._waiting.bulk > self._held.free_bulk(now))
        )

    def _compose(self, now: float) -> LeaseRequest:
        want, keep, unused = self._wishes(now)
        request = self._talk.compose(
            now,
            self._held,
            keep=keep,
            want=want,
            wait=self._waiting,
            aged=self._aged,
            unused_bulk=unused,
            ramp_at=self._ramp_at,
            floor=self._alone.floor,
        )
        self._aged = False
        self._ramp_at = None
        self._urged = False
        return request

    def _wishes(self, now: float) -> tuple[Both, int, int]:
        # What was used lately will be used again soon; but while others wait, nobody keeps slots for later.
        recent = 0 if self._forecast.waiting.urgent else sum(at > now - self._lease.ttl_s for at in self._taken)
        urgent = min(MOST, self._waiting.urgent + recent)
        bulk = min(MOST, self._waiting.bulk)
        had_bulk = self._held.free_bulk(now)
        had_urgent = self._held.free(now) - had_bulk
        keep = self._held.keep(now, urgent=urgent, bulk=bulk)
        want = Both(urgent=urgent - min(urgent, had_urgent), bulk=bulk - min(bulk, had_bulk))
        return want, keep, self._held.unused_bulk

    def _terms(self) -> dict[str, float]:
        lease = self._lease
        return {
            "window": ms(self.window_s),
            "period": ms(self._away_s),
            "horizon": ms(lease.horizon_s(self._window)),
            "ttl": ms(lease.ttl_s),
            "fence": ms(lease.fence_s),
            "newborn": ms(lease.cold_s()),
            "rho": lease.share(),
        }


def _nothing() -> None:
    """Nobody wants to know."""
