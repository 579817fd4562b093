"""One client id's slots, pause and line at work: nothing leaves past a pause, without a slot or out of turn.

No method awaits between looking at this state and changing it, so the state needs no lock.
"""

from asyncio import CancelledError, Future, get_running_loop
from collections.abc import Callable, Iterable
from math import inf

from limiter.account import Account
from limiter.alarm import TICK_S, Alarm
from limiter.book import NULL_BOOK, Book
from limiter.config import LimiterConfig
from limiter.errors import Reason, Refused
from limiter.key import FIRST_BULK, Priority
from limiter.limiter import LimitStatus
from limiter.line import Line, Waiter
from limiter.observer import NULL_OBSERVER, LimiterObserver, Outcome
from limiter.path import Path
from limiter.pause import Pause, rest_s
from limiter.permit import BulkPermit, Permit
from limiter.search import NO_SEARCH, Search
from limiter.shares import Shares
from limiter.slots import Slots


class Shard:
    """Grants permits for one client id and settles them. Times are seconds on the injected clock.

    Attributes:
        pause: holds back the client id.
        shares: windows of families and users within the client id.
        stock: slots that may be taken without asking. Whatever can change who may ends in `_rearm`, and a pause
            that began elsewhere in the account arrives as `review`.
    """

    def __init__(
        self,
        slots: Slots,
        account: Account,
        *,
        config: LimiterConfig,
        clock: Callable[[], float],
        random: Callable[[], float],
        observer: LimiterObserver,
        book: Book,
        search: Search = NO_SEARCH,
        guarded: bool = False,
    ) -> None:
        self._slots = slots
        self._account = account
        self._config = config
        self._clock = clock
        self._random = random
        self._observer = observer
        self._book = book
        self._search = search
        self.pause = Pause(probe_timeout_s=config.probe_timeout_s, guarded=guarded)
        self._line = Line(config.weights)
        self._alarm = Alarm(lambda: self._serve(clock()), clock=clock)
        self._closed = False
        # Prober numbers of permits that left first after a pause: the client id's, and the family's.
        self._probers: dict[Permit, tuple[int, int]] = {}
        # One permit at a time is timed, of those that had to look at the clock anyway.
        self._timed: tuple[Permit | None, float] = (None, 0.0)
        self.shares = Shares(config)
        self.stock = slots.quick
        self.stock.heard = observer is not NULL_OBSERVER or book is not NULL_BOOK
        self._rearm(clock())

    # Asking

    async def acquire(self, path: Path, priority: Priority, *, deadline: float) -> Permit:
        """Grant at once if it is the caller's turn and there is a slot, or stand in line for it.

        Raises:
            Refused: the turn would not come, or did not come, before the deadline.
        """
        if self._closed:
            self._observer.refused(path.key, priority, reason="shutdown")
            raise Refused("shutdown")
        now = self._clock()
        if self._may_pass(path, priority, now) and self._take(priority, now):
            self.tell(path, priority)
            return self._leave(path, priority, now)
        return await self._wait(path, priority, deadline=deadline, now=now)

    async def _wait(self, path: Path, priority: Priority, *, deadline: float, now: float) -> Permit:
        self._admit(path, priority, deadline=deadline, now=now)
        future: Future[Permit] = get_running_loop().create_future()
        waiter = Waiter(path, priority, deadline=deadline, since=now, future=future)
        self._line.join(waiter)
        self._serve(now)
        try:
            return await future
        except CancelledError:
            self._withdraw(waiter)
            raise

    def eta_s(self, path: Path, priority: Priority, calls: int = 1) -> float:
        """Seconds until the last of `calls` newcomers would be granted."""
        now = self._clock()
        bulk = priority >= FIRST_BULK
        resumes = max(now, self.pause.until if not self.pause.is_open else now)
        start = max(resumes, path.family.pause.until if not path.family.pause.is_open else now)
        urgent, paced = self._line.ahead(path, priority, now, all_open=self._all_open)
        slots = self._slots
        if start > now or not self.pause.is_open:
            probe = not self.pause.is_open and not self.pause.probing
            slots = slots.rehearsal(now, start, probe=probe, ramp=not self.pause.is_open)
            # Whoever is first goes as the prober.
            urgent, paced, calls = _without_first(urgent, paced, calls) if probe else (urgent, paced, calls)
        at = slots.bulk_at(paced + calls, start, ahead=urgent) if bulk else slots.urgent_at(urgent + calls, start)
        behind = self._line.standing(path, priority) if path.limited(bulk=bulk) else 0
        return max(at, path.room_at(behind + calls, now, bulk=bulk)) - now

    def status(self, path: Path) -> LimitStatus:
        """How the window stands now."""
        now = self._clock()
        slots, day = self._slots, path.family.day
        slots.collect(now)
        return LimitStatus(
            limit=slots.limit,
            window_s=slots.window_s,
            free=slots.left,
            in_flight=slots.in_flight,
            waiting=self._line.waiting,
            reset_s=slots.urgent_at(1, now) - now,
            paused_s=self._paused_s(path, now),
            day_limit=day.limit,
            day_used=day.used(now) if day.limit else 0,
            day_reset_s=day.free_at(1, now) - now if day.limit else 0.0,
        )

    def resize(self, calls: int) -> None:
        """Change the number of slots; a higher one serves those in line at once."""
        self._slots.resize(calls)
        self._serve(self._clock())

    def close(self) -> None:
        """Refuse everybody in line, and every newcomer."""
        self._closed = True
        for waiter in self._line:
            self._refuse(waiter, Refused("shutdown"))
        self._rearm(self._clock())

    # Settling

    def answered(self, permit: Permit) -> None:
        """The slot comes home one window from now; the answer to a prober ends the pause."""
        now = self._clock()
        self._settle(permit, now)
        self._observer.settled(permit.key, "answered")
        # An answer frees nothing now, and the alarm is set for the soonest time at which it could have.
        if self._search.answered(now) or permit in self._probers:
            self._probe_answered(permit, now)
            self._serve(now)

    def throttled(self, permit: Permit, retry_after_s: float | None, *, quota_exceeded: bool) -> None:
        """The slot is spent, and a pause begins or grows."""
        now = self._clock()
        self._settle(permit, now)
        config, path = self._config, permit.path
        of_family = quota_exceeded or path.key.family in config.own_limits
        default_s = config.quota_pause_s if quota_exceeded else config.default_pause_s
        pause_s = rest_s(retry_after_s, default_s=default_s)
        if not of_family:
            self._search.throttled(now)
        pause = path.family.pause if of_family else self.pause
        # The jitter keeps hosts that share this client id from returning in the same instant.
        pause.begin(now + pause_s + self._random())
        self._book.paused(path.family.name if of_family else "", pause.until - now)
        self._observer.paused(path.key, pause_s, quota=of_family)
        self._settled_unanswered(permit, "throttled")
        if of_family:
            self._account.changed()
        else:
            self.review()

    def lost(self, permit: Permit) -> None:
        """The slot stays away longer than an answered one."""
        now = self._clock()
        self._slots.lose(now)
        self._book.lost()
        permit.path.lose(now, bulk=permit.bulk)
        self._settled_unanswered(permit, "lost")

    def unused(self, permit: Permit) -> None:
        """The slot passes on to whoever is next."""
        bulk = permit.bulk
        self._slots.void(bulk=bulk)
        self._book.unused()
        permit.path.void(bulk=bulk)
        self._settled_unanswered(permit, "unused")

    @property
    def reachable(self) -> bool:
        """Whoever counts the slots can be asked."""
        return self._slots.reachable

    @property
    def waiting(self) -> int:
        """How many callers are in line."""
        return self._line.waiting

    def rest(self, seconds: float) -> None:
        """Nothing leaves for so long: an earlier process, or another one, was told so."""
        self.pause.begin(self._clock() + seconds)
        self.review()

    def review(self) -> None:
        """Look again after a pause changed: refuse those whom it outlasts, and serve the others."""
        now = self._clock()
        for waiter in self._line:
            reason = self._outlasted(waiter.path, waiter.deadline)
            if reason is not None:
                self._refuse(waiter, Refused(reason, self._paused_s(waiter.path, now)))
        self._serve(now)

    def _settle(self, permit: Permit, now: float) -> None:
        bulk = permit.bulk
        self._slots.settle(now, bulk=bulk)
        self._book.answered()
        permit.path.settle(now, bulk=bulk)
        day = permit.path.family.day
        if not bulk and day.limit and day.used(now) == day.limit + 1:
            self._observer.overdrawn(permit.key, day.limit)
        timed, since = self._timed
        if permit is timed:
            self._slots.took(now - since)
            self._timed = (None, 0.0)

    def _probe_answered(self, permit: Permit, now: float) -> None:
        probe, family_probe = self._probers.pop(permit, (0, 0))
        if self.pause.answered(probe):
            self._slots.ramp(now)
            self._book.resumed("")
            self._observer.resumed(permit.key)
        family = permit.path.family
        if family.pause.answered(family_probe):
            self._book.resumed(family.name)
            self._observer.resumed(permit.key)
            self._account.changed()

    def _settled_unanswered(self, permit: Permit, outcome: Outcome) -> None:
        self._observer.settled(permit.key, outcome)
        if permit is self._timed[0]:
            self._timed = (None, 0.0)
        probe, family_probe = self._probers.pop(permit, (0, 0))
        family = permit.path.family
        for prober, pause, scope in ((probe, self.pause, ""), (family_probe, family.pause, family.name)):
            # A 429 has set the pause anew, and with it forgotten who tried its end.
            if prober and outcome != "throttled":
                pause.gave_up(prober)
                self._book.gave_up(scope)
        if family_probe:
            self._account.changed()
        else:
            self._serve(self._clock())

    # Deciding

    @property
    def _all_open(self) -> bool:
        return self._account.all_open

    def _may_pass(self, path: Path, priority: Priority, now: float) -> bool:
        """Nothing is paused for this caller, and nobody is in line whom it may not pass."""
        if self.pause.admits_at > now or priority >= self._line.first_rank:
            return False
        return self.pause.is_open and path.admits(now, bulk=priority >= FIRST_BULK)

    def _take(self, priority: Priority, now: float) -> bool:
        if priority < FIRST_BULK:
            return self._slots.take(now)
        return self._slots.take_bulk(now, backlog=self._line.bulk > 0)

    def _admit(self, path: Path, priority: Priority, *, deadline: float, now: float) -> None:
        eta_s = self.eta_s(path, priority)
        reason = self._outlasted(path, deadline)
        if reason is None and now + eta_s > deadline:
            reason = self._wanting(path, priority, now)
        if reason is None and self._line.waiting >= self._config.max_waiting:
            reason = "queue_full"
        if reason is not None:
            self._observer.refused(path.key, priority, reason=reason)
            raise Refused(reason, eta_s)

    def _wanting(self, path: Path, priority: Priority, now: float) -> Reason:
        if priority >= FIRST_BULK and path.family.day.room(now) <= 0:
            return "day"
        return "deadline" if self._slots.reachable else "store"

    def _outlasted(self, path: Path, deadline: float) -> Reason | None:
        if self.pause.outlasts(deadline):
            return "paused"
        return "quota" if path.family.pause.outlasts(deadline) else None

    def _paused_s(self, path: Path, now: float) -> float:
        return max(self.pause.rest_s(now), path.family.pause.rest_s(now))

    def _serve(self, now: float) -> None:
        self._line.age(now - self._ageing_s)
        # A slot and a deadline that fall together go to the caller: it was promised the slot when it was admitted.
        self._refuse_late(self._line.overdue(now - TICK_S), now)
        while (waiter := self._next(now)) is not None:
            self._grant(waiter, now)
        self._refuse_late(self._line.overdue(now), now)
        self._rearm(now)

    def _next(self, now: float) -> Waiter | None:
        """Take a slot for whoever is next, if anybody may go."""
        if self.pause.admits_at > now or (waiter := self._first(now)) is None:
            return None
        if waiter.bulk and self._slots.take_bulk(now, backlog=True, in_turn=waiter.aged and self._line.urgent > 0):
            return waiter
        # The pace holds back all bulk alike, but not the interactive callers behind one that has aged.
        if waiter.bulk and (waiter := self._first(now, bulk=False)) is None:
            return None
        return waiter if self._slots.take(now) else None

    def _first(self, now: float, *, bulk: bool = True) -> Waiter | None:
        # Task.cancel() marks the future at once, but the task runs, and leaves the line, only later.
        while (waiter := self._line.first(now, bulk=bulk)) is not None and waiter.future.cancelled():
            self._line.leave(waiter)
        return waiter

    def _grant(self, waiter: Waiter, now: float) -> None:
        self._line.leave(waiter, served=True)
        waiter.future.set_result(self._leave(waiter.path, waiter.priority, now))
        self.tell(waiter.path, waiter.priority, waited_s=now - waiter.since)

    def _leave(self, path: Path, priority: Priority, now: float) -> Permit:
        permit = BulkPermit() if priority >= FIRST_BULK else Permit()
        permit.path = path
        permit.reported = False
        path.take(bulk=permit.bulk)
        probes = self.pause.leave(now), path.family.pause.leave(now)
        if any(probes):
            self._probers[permit] = probes
        if self._timed[0] is None:
            self._timed = (permit, now)
        return permit

    def tell(self, path: Path, priority: Priority, *, waited_s: float = 0.0) -> None:
        """Write down, and say, that a call leaves."""
        self._book.took(path.family.name)
        self._observer.permitted(path.key, priority, waited_s=waited_s)

    def _withdraw(self, waiter: Waiter) -> None:
        future = waiter.future
        if future.cancelled():
            self._line.leave(waiter)
            self._rearm(self._clock())
        elif future.exception() is None:
            # granted -> cancelled -> woken: the permit has no owner, so the slot goes to the next in line.
            future.result().unused()

    def _refuse_late(self, waiters: Iterable[Waiter], now: float) -> None:
        for waiter in waiters:
            reason = self._wanting(waiter.path, waiter.priority, now)
            self._refuse(waiter, Refused(reason, self.eta_s(waiter.path, waiter.priority)))

    def _refuse(self, waiter: Waiter, refusal: Refused) -> None:
        self._line.leave(waiter)
        if not waiter.future.cancelled():
            waiter.future.set_exception(refusal)
            self._observer.refused(waiter.key, waiter.priority, reason=refusal.reason)

    @property
    def _ageing_s(self) -> float:
        return self._config.ageing_windows * self._slots.window_s

    def _rearm(self, now: float) -> None:
        line, config = self._line, self._config
        unlimited = self.pause.is_open and self._all_open and not (config.user_calls or config.family_calls)
        self.stock.direct = int(min(line.first_rank, FIRST_BULK)) if unlimited and not self._closed else 0
        self._slots.demand(now, urgent=line.urgent, bulk=line.bulk)
        if not line.waiting:
            self._alarm.cancel()
            return
        urgent, bulk, opens_at = line.urgent > 0, line.bulk > 0, inf
        if not unlimited or config.day_calls:
            # A slot that only those could use whose path is shut must not wake anybody: it would do so for ever.
            urgent = line.first(now, bulk=False) is not None
            bulk = line.first(now, urgent=False) is not None
            opens_at = line.opens_at(now)
        turn = max(min(self._slots.wake_at(now, urgent=urgent, bulk=bulk), opens_at), self.pause.admits_at)
        self._alarm.set(min(turn, line.next_deadline(), line.oldest_bulk() + self._ageing_s))


def _without_first(urgent: int, paced: int, calls: int) -> tuple[int, int, int]:
    """The counts ahead and the newcomers, without whoever is first of all."""
    if urgent:
        return urgent - 1, paced, calls
    return (urgent, paced - 1, calls) if paced else (urgent, paced, calls - 1)
