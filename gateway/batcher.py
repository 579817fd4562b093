"""Lets single reads wait together for their permits, so that one call carries as many as its endpoint takes.

Every read is answered once, no call carries more than its endpoint takes, and each spends one permit.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from math import inf
from typing import Any, Final, TypeAlias

from cache import Answer, Flight
from gateway.answers import error_for
from gateway.endpoint import Endpoint, Profile
from gateway.errors import NotFoundError, RejectedError, ShuttingDownError, SpotifyError
from gateway.form import Form, forms_of
from gateway.group import Group, Member
from gateway.learned import Notebook, has_batches, teaches
from gateway.loader import NO_SHARING, Identity, Loaded, Sharing, unasked
from gateway.params import UpstreamRequest
from gateway.ride import Ride
from gateway.upstream import Upstream, refusal
from limiter import LimitStatus, Priority, Refused

_PLENTY: Final = 0.75
"""While more than this share of the window is free, nobody waits for company."""

_LONGEST_GAP: Final = 2.0
"""Nobody waits for company longer than so many calls of an evenly used window are apart."""

_STOPPING: Final = "The gateway is stopping; connect to another one, or again in a moment"

_GroupKey: TypeAlias = tuple[str, int, str, tuple[tuple[str, str], ...]]
"""Batch endpoint, token provider, user, query."""


class Batcher:
    """Implements `Loader` in front of `Upstream`.

    Reads of one group wait in the limiter's line with one place for each class. A permit carries all classes, the
    most urgent first. A lone read leaves as it came.

    While slots are plenty, or reads come one by one, nothing is held back. Below that, what is left of the window
    is spread over the time until more comes back. Without this a hundred reads a second would spend 180 calls on
    as many single reads within two seconds, and the next one would wait for half a minute.

    Args:
        upstream: Carries the calls.
        catalogue: Says which endpoints are batch reads.
        profile: What Spotify lets the app do.
        notebook: What answers have taught about the app.
        clock: Monotonic seconds, the limiter's own.
    """

    def __init__(
        self,
        upstream: Upstream,
        *,
        catalogue: Mapping[str, Endpoint],
        profile: Profile,
        notebook: Notebook,
        clock: Callable[[], float],
    ) -> None:
        self._upstream = upstream
        self._forms = forms_of(catalogue)
        self._profile = profile
        self._notebook = notebook
        self._clock = clock
        self._groups: dict[_GroupKey, Group] = {}
        self._boarding: dict[tuple[Group, Priority], tuple[Ride, asyncio.Task[None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._proven: set[str] = set()
        self._next_departure = -inf
        self._shared_at = -inf
        self._closed = False

    async def load(
        self,
        endpoint: Endpoint,
        request: UpstreamRequest,
        *,
        identity: Identity,
        flight: Flight[Any],
        priority: Priority,
        known: Answer | None = None,
        wasted: Callable[[int], None] = unasked,
    ) -> Loaded:
        """See `Loader.load`; the call may be one that others share and pay for."""
        alone = partial(self._upstream.load, identity=identity, flight=flight, priority=priority, known=known)
        form = self._form(endpoint)
        if form is None:
            return await alone(endpoint, request, wasted=wasted)
        future = asyncio.get_running_loop().create_future()
        member = Member(endpoint, request, flight=flight, priority=priority, known=known, future=future)
        group = self._join(form, identity, member)
        try:
            outcome = await member.future
        finally:
            group.leave(member)
            self._balance(group)
        if isinstance(outcome, Exception):
            wasted(member.calls)
            raise outcome
        if outcome is not None:
            return outcome
        loaded = await alone(endpoint, request, wasted=lambda calls: wasted(calls + member.calls))
        return Loaded(loaded.answer, loaded.calls + member.calls)

    def status(self, endpoint: Endpoint) -> LimitStatus:
        """See `Loader.status`."""
        return self._upstream.status(endpoint)

    def wait_s(self, endpoint: Endpoint, *, payer: str, priority: Priority, calls: int) -> float:
        """See `Loader.wait_s`."""
        return self._upstream.wait_s(endpoint, payer=payer, priority=priority, calls=calls)

    def sharing(self, endpoint: Endpoint) -> Sharing:
        """See `Loader.sharing`."""
        form = self._form(endpoint)
        if form is None:
            return NO_SHARING
        certain = self._profile is not Profile.AUTO or form.batch.id in self._proven
        return Sharing(form.most, certain=certain)

    @property
    def answer_s(self) -> float:
        """See `Loader.answer_s`."""
        return self._upstream.answer_s

    async def close(self) -> None:
        """Turn away everybody who waits, and end the calls under way."""
        self._closed = True
        for group in self._groups.values():
            group.dismiss(ShuttingDownError(_STOPPING))
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # Waiting

    def _form(self, endpoint: Endpoint) -> Form | None:
        form = self._forms.get(endpoint.id)
        if form is None:
            return None
        batch = form.batch
        return form if has_batches(batch, self._profile, lacking=self._notebook.lacks(batch.id)) else None

    def _join(self, form: Form, identity: Identity, member: Member) -> Group:
        if self._closed:
            raise ShuttingDownError(_STOPPING)
        key = (form.batch.id, id(identity.tokens), identity.user, member.request.query)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(form, identity, member.request.query)
        self._admit(group, member)
        group.join(member)
        self._balance(group)
        if group.is_full or member.deadline <= group.departs_at:
            group.hurry.set()
        return group

    def _admit(self, group: Group, member: Member) -> None:
        """Refuse who could not leave in time, or would make others late.

        Raises:
            SpotifyError: That one.
        """
        ride, _ = self._boarding.get((group, member.priority), (None, None))
        if (ride is None or ride.promise is None) and group.calls_for(member.priority, newcomers=1) == 1:
            # The limiter has not been asked yet, and will judge for itself.
            return
        now, wait_s = self._clock(), partial(self._wait_s, group, member.priority)
        in_line = self._in_line(group, member.priority)
        paused_s = self._upstream.status(group.form.batch).paused_s

        def leaves_at(call: int) -> float:
            if call == 1 and ride is not None and ride.promise is not None and now < ride.promise < inf:
                # Newcomers stand behind others who came after this call.
                return ride.promise if not paused_s else now + wait_s(1)
            return now + wait_s(max(1, call - in_line))

        if not group.has_room(member, leaves_at):
            # Those who wait would still come first.
            retry_after_s = wait_s(group.calls_for(member.priority) + 1 - in_line)
            raise refusal(Refused("paused" if now + paused_s > member.deadline else "deadline", retry_after_s))

    def _in_line(self, group: Group, priority: Priority) -> int:
        """Return how many of the group's calls, of this class and more urgent ones, wait for their permits."""
        boarding = (self._boarding.get((group, each), (None, None))[0] for each in list(Priority)[: priority + 1])
        return sum(ride is not None and ride.promise is not None for ride in boarding)

    def _wait_s(self, group: Group, priority: Priority, calls: int) -> float:
        payer = group.identity.payer
        return self._upstream.wait_s(group.form.batch, payer=payer, priority=priority, calls=calls)

    def _balance(self, group: Group) -> None:
        """See to it that each class with somebody in it asks for one permit, and no other does."""
        for priority in Priority:
            _, task = self._boarding.get((group, priority), (None, None))
            if group.has(priority) and task is None and not self._closed:
                self._start(group, priority)
            elif task is not None and not group.has(priority):
                del self._boarding[group, priority]
                task.cancel()
        if not len(group):
            # What was decided for those who left does not bind those who come.
            group.departs_at = -inf
            if not group.flying:
                self._forget(group)

    def _forget(self, group: Group) -> None:
        key = (group.form.batch.id, id(group.identity.tokens), group.identity.user, group.query)
        if self._groups.get(key) is group:
            del self._groups[key]

    # Riding

    def _start(self, group: Group, priority: Priority) -> None:
        ride = Ride(group, priority, boarded=self._boarded, wait_s=partial(self._wait_s, group, priority))
        task = asyncio.get_running_loop().create_task(self._fly(ride), name="gateway.batch")
        self._boarding[group, priority] = ride, task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fly(self, ride: Ride) -> None:
        group = ride.group
        try:
            await self._hold(ride)
            ride.promise = self._clock() + self._wait_s(group, ride.priority, 1)
            answer = await self._upstream.carry(
                ride, endpoint=group.form.batch, identity=group.identity, priority=ride.priority
            )
            self._land(ride, answer)
        except Exception as error:  # noqa: BLE001  whatever it is belongs to those whom the call was for
            if not (ride.members and self._splits(ride, error)):
                ride.fail(error)
        finally:
            self._retire(ride)

    async def _hold(self, ride: Ride) -> None:
        """Wait for company as long as that saves calls and makes nobody late."""
        group = ride.group
        if group.departs_at == -inf:
            group.departs_at = self._departure(group, ride.priority)
        if group.is_full or group.soonest(ride.priority) <= group.departs_at:
            return
        left_s = group.departs_at - self._clock()
        if left_s > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await group.hurry.wait()

    def _departure(self, group: Group, priority: Priority) -> float:
        """Return when the group's next call may ask for its permit."""
        now, status = self._clock(), self._upstream.status(group.form.batch)
        if status.free <= 0 or status.free > _PLENTY * status.limit or status.paused_s:
            return now
        longest_s = _LONGEST_GAP * status.window_s / status.limit
        if group.is_quiet and now > self._shared_at + longest_s:
            # Reads come one after the other, each when the one before is answered: there is nobody to wait for.
            return now
        at = max(now, self._next_departure)
        # When the first slot comes back, the free ones are used up.
        self._next_departure = at + min(longest_s, self._wait_s(group, priority, status.free + 1) / status.free)
        return at

    def _boarded(self, ride: Ride) -> None:
        group = ride.group
        if self._boarding.get((group, ride.priority), (None, None))[0] is ride:
            del self._boarding[group, ride.priority]
        # One that filled up before its time does not push back those after it.
        self._next_departure -= max(0.0, group.departs_at - self._clock())
        group.departs_at = -inf
        group.hurry.clear()
        group.flying += 1
        if len(ride.members) > 1:
            self._shared_at = self._clock()
        self._balance(group)

    def _land(self, ride: Ride, answer: Answer) -> None:
        form, items = ride.group.form, ride.items
        if not ride.shared:
            ride.land(dict.fromkeys(items, answer))
        elif answer.status < HTTPStatus.BAD_REQUEST:
            ride.land(form.split(answer.body, items))
            self._proven.add(form.batch.id)
        elif not self._splits(ride, error_for(answer)):
            ride.land(dict.fromkeys(items, answer))

    def _splits(self, ride: Ride, error: Exception) -> bool:
        """Tell whether single reads may fare better than the batch, and begin them."""
        if not ride.shared or not isinstance(error, SpotifyError):
            return False
        if teaches(error, ride.group.form.way):
            self._learn(ride.group.form)
        elif not isinstance(error, RejectedError | NotFoundError):
            # Otherwise one odd id spoils it for all.
            return False
        ride.split_up()
        return True

    def _learn(self, form: Form) -> None:
        """Note that the app lacks the batch read; whoever waits for one reads alone."""
        if not self._notebook.lacks(form.batch.id):
            self._notebook.note(form.batch.id)
        for group in [group for group in self._groups.values() if group.form is form]:
            group.dismiss(None)
            self._balance(group)

    def _retire(self, ride: Ride) -> None:
        group = ride.group
        if ride.members:
            group.flying -= 1
            for member in ride.members:
                # Only on closing is anybody left without an outcome.
                member.resolve(ShuttingDownError(_STOPPING))
        elif self._boarding.get((group, ride.priority), (None, None))[0] is ride:
            del self._boarding[group, ride.priority]
        self._balance(group)
