"""One client id's window, pause and line at work: nothing leaves past a pause, a full window or an older caller.

No method awaits between looking at this state and changing it, so the state needs no lock.
"""

from asyncio import CancelledError, Future, get_running_loop
from collections.abc import Callable, Iterable

from limiter.alarm import TICK_S, Alarm
from limiter.config import LimiterConfig
from limiter.errors import Reason, Refused
from limiter.key import LimitKey, Priority
from limiter.limiter import LimitStatus
from limiter.observer import LimiterObserver, Outcome
from limiter.pause import Pause, rest_s
from limiter.permit import Permit
from limiter.quotas import Quotas
from limiter.waiters import Line, Waiter
from limiter.window import SlotWindow


class Shard:
    """Grants permits for one client id and settles them. Times are seconds on the injected clock."""

    def __init__(
        self,
        config: LimiterConfig,
        quotas: Quotas,
        *,
        clock: Callable[[], float],
        random: Callable[[], float],
        observer: LimiterObserver,
    ) -> None:
        self._config = config
        self._quotas = quotas
        self._clock = clock
        self._random = random
        self._observer = observer
        self._pause = Pause(probe_timeout_s=config.probe_timeout_s)
        self._line = Line(quotas)
        self._alarm = Alarm(lambda: self._serve(clock()), clock=clock)
        self._window = SlotWindow(
            config.calls, window_s=config.window_s, guard_s=config.guard_s, abort_guard_s=config.abort_guard_s
        )
        # Prober numbers of permits that left first after a pause: the client id's, and the family's.
        self._probers: dict[Permit, tuple[int, int]] = {}
        # Nobody is in line and nothing is paused. Kept, not computed, because every call asks: whatever can change
        # it ends in `_rearm`, and a pause that began elsewhere in the account arrives as `review`.
        self._calm = False

    # Asking

    def try_take(self, key: LimitKey, priority: Priority) -> Permit | None:
        """Grant at once if all is calm and a slot is free; reads no clock while one is counted as free."""
        if not self._calm:
            return None
        window = self._window
        if not window.take():
            window.collect(self._clock())
            if not window.take():
                return None
        self._observer.permitted(key, priority, waited_s=0.0)
        return Permit(self, key)

    async def wait(self, key: LimitKey, priority: Priority, *, deadline: float) -> Permit:
        """Stand in line until granted.

        Raises:
            Refused: the turn would not come, or did not come, before the deadline.
        """
        now = self._clock()
        self._admit(key, priority, deadline=deadline, now=now)
        future: Future[Permit] = get_running_loop().create_future()
        waiter = Waiter(key, priority, deadline=deadline, since=now, future=future)
        self._line.join(waiter)
        self._serve(now)
        try:
            return await future
        except CancelledError:
            self._withdraw(waiter)
            raise

    def eta_s(self, family: str, calls: int = 1) -> float:
        """Seconds until the last of `calls` newcomers would be granted."""
        now = self._clock()
        nth = self._line.ahead(family, now) + calls
        start = now + self._paused_s(family, now)
        if self._pause.is_open and start == now:
            return self._window.slot_at(nth, now) - now
        window = self._window.landed(now)
        if not self._pause.is_open:
            if not self._pause.probing:
                # The prober finds the window as it is; the ramp begins behind it.
                start = window.slot_at(1, start)
                window.collect(start)
                window.take()
                window.settle(start)
                nth -= 1
            window.ramp(start)
        return (window.slot_at(nth, start) if nth else start) - now

    def status(self, family: str) -> LimitStatus:
        """How the window stands now."""
        now = self._clock()
        window = self._window
        window.collect(now)
        return LimitStatus(
            limit=window.limit,
            window_s=window.window_s,
            free=max(0, window.free),
            in_flight=window.in_flight,
            waiting=self._line.waiting,
            reset_s=window.slot_at(1, now) - now,
            paused_s=self._paused_s(family, now),
        )

    def resize(self, calls: int) -> None:
        """Change the number of slots; a higher one serves those in line at once."""
        self._window.resize(calls)
        self._serve(self._clock())

    def close(self) -> None:
        """Refuse everybody in line."""
        for waiter in self._line:
            self._refuse(waiter, Refused("shutdown"))
        self._rearm(self._clock())

    # Settling

    def answered(self, permit: Permit) -> None:
        """The slot comes home one window from now; the answer to a prober ends the pause."""
        now = self._clock()
        self._window.settle(now)
        self._observer.settled(permit.key, "answered")
        if permit in self._probers:
            self._probe_answered(permit, now)
        if not self._calm:
            self._serve(now)

    def throttled(self, permit: Permit, retry_after_s: float | None, *, quota_exceeded: bool) -> None:
        """The slot is spent, and a pause begins or grows."""
        now = self._clock()
        self._window.settle(now)
        config, key = self._config, permit.key
        default_s = config.quota_pause_s if quota_exceeded else config.default_pause_s
        pause_s = rest_s(retry_after_s, default_s=default_s)
        pause = self._quotas.pause(key.family) if quota_exceeded else self._pause
        # The jitter keeps hosts that share this client id from returning in the same instant.
        pause.begin(now + pause_s + self._random())
        self._observer.paused(key, pause_s, quota=quota_exceeded)
        self._settled_unanswered(permit, "throttled")
        if quota_exceeded:
            self._quotas.changed()
        else:
            self.review()

    def lost(self, permit: Permit) -> None:
        """The slot stays away longer than an answered one."""
        self._window.lose(self._clock())
        self._settled_unanswered(permit, "lost")

    def unused(self, permit: Permit) -> None:
        """The slot passes on to whoever is next."""
        self._window.void()
        self._settled_unanswered(permit, "unused")

    def review(self) -> None:
        """Look again after a pause changed: refuse those whom it outlasts, and serve the others."""
        now = self._clock()
        for waiter in self._line:
            reason = self._outlasted(waiter.deadline, waiter.key.family)
            if reason is not None:
                self._refuse(waiter, Refused(reason, self._paused_s(waiter.key.family, now)))
        self._serve(now)

    def _probe_answered(self, permit: Permit, now: float) -> None:
        probe, quota_probe = self._probers.pop(permit)
        if self._pause.answered(probe):
            self._window.ramp(now)
            self._observer.resumed(permit.key)
        if self._quotas.pause(permit.key.family).answered(quota_probe):
            self._observer.resumed(permit.key)
            self._quotas.changed()

    def _settled_unanswered(self, permit: Permit, outcome: Outcome) -> None:
        self._observer.settled(permit.key, outcome)
        probe, quota_probe = self._probers.pop(permit, (0, 0))
        self._pause.gave_up(probe)
        if quota_probe:
            self._quotas.pause(permit.key.family).gave_up(quota_probe)
            self._quotas.changed()
        else:
            self._serve(self._clock())

    # Deciding

    def _admit(self, key: LimitKey, priority: Priority, *, deadline: float, now: float) -> None:
        eta_s = self.eta_s(key.family)
        reason = self._outlasted(deadline, key.family)
        if reason is None and now + eta_s > deadline:
            reason = "deadline"
        if reason is None and self._line.waiting >= self._config.max_waiting:
            reason = "queue_full"
        if reason is not None:
            self._observer.refused(key, priority, reason=reason)
            raise Refused(reason, eta_s)

    def _outlasted(self, deadline: float, family: str) -> Reason | None:
        if self._pause.outlasts(deadline):
            return "paused"
        return "quota" if self._quotas.pause(family).outlasts(deadline) else None

    def _paused_s(self, family: str, now: float) -> float:
        return max(self._pause.rest_s(now), self._quotas.pause(family).rest_s(now))

    def _serve(self, now: float) -> None:
        self._window.collect(now)
        # A slot and a deadline that fall together go to the caller: it was promised the slot when it was admitted.
        self._refuse_late(self._line.overdue(now - TICK_S))
        while (waiter := self._next(now)) is not None and self._window.take():
            self._grant(waiter, now)
        self._refuse_late(self._line.overdue(now))
        self._rearm(now)

    def _next(self, now: float) -> Waiter | None:
        if self._pause.admits_at > now:
            return None
        # Task.cancel() marks the future at once, but the task runs, and leaves the line, only later.
        while (waiter := self._line.first(now)) is not None and waiter.future.cancelled():
            self._line.leave(waiter)
        return waiter

    def _grant(self, waiter: Waiter, now: float) -> None:
        self._line.leave(waiter)
        key, waited_s = waiter.key, now - waiter.since
        permit = Permit(self, key, waited_s)
        probes = self._pause.leave(now), self._quotas.pause(key.family).leave(now)
        if any(probes):
            self._probers[permit] = probes
        waiter.future.set_result(permit)
        self._observer.permitted(key, waiter.priority, waited_s=waited_s)

    def _withdraw(self, waiter: Waiter) -> None:
        future = waiter.future
        if future.cancelled():
            self._line.leave(waiter)
            self._rearm(self._clock())
        elif future.exception() is None:
            # granted -> cancelled -> woken: the permit has no owner, so the slot goes to the next in line.
            future.result().unused()

    def _refuse_late(self, waiters: Iterable[Waiter]) -> None:
        for waiter in waiters:
            self._refuse(waiter, Refused("deadline", self.eta_s(waiter.key.family)))

    def _refuse(self, waiter: Waiter, refusal: Refused) -> None:
        self._line.leave(waiter)
        if not waiter.future.cancelled():
            waiter.future.set_exception(refusal)
            self._observer.refused(waiter.key, waiter.priority, reason=refusal.reason)

    def _rearm(self, now: float) -> None:
        self._calm = not self._line.waiting and self._pause.is_open and self._quotas.all_open
        if not self._line.waiting:
            self._alarm.cancel()
            return
        turn = max(
            now if self._window.free > 0 else self._window.next_home(now),
            self._pause.admits_at,
            self._line.admits_at(),
        )
        self._alarm.set(min(turn, self._line.next_deadline()))
