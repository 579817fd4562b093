"""The one way to Spotify: check, plan for the profile, cache, single flight, upstream; nothing else calls it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import orjson

from cache import Answer, Flight, Found
from gateway.answers import lacking_scope
from gateway.call import Call
from gateway.endpoint import Emulation, Endpoint, Profile
from gateway.errors import (
    ForbiddenError,
    SpotifyError,
    ThrottledError,
    UnsupportedInProfileError,
)
from gateway.estimate import Estimate, Part, estimate_of, parts_of
from gateway.identity import Identities, is_for_all
from gateway.learned import Notebook, choose, teaches
from gateway.loader import Identity, Loader
from gateway.memo import Memo
from gateway.params import Arguments, UpstreamRequest, bind, render
from gateway.plan import One, Plan, plan
from gateway.player import STATE, already, is_wish
from gateway.principal import Principal
from gateway.reader import Reader, reply_of
from gateway.steps import Reply, carry_out
from gateway.triage import ALL, Verdict, at_once, judge, judge_calls
from gateway.turns import Turns
from limiter import LimitStatus, Priority

_ME = "get-current-users-profile"
_COMMANDS = "player-write"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """How calls are made.

    Attributes:
        profile: What Spotify lets the app do.
        deadline_s: How long a call may wait when its caller does not say.
    """

    profile: Profile
    deadline_s: float = 60.0


class SpotifyClient:
    """Answers calls of the catalogue.

    Args:
        config: How calls are made.
        catalogue: What can be called.
        reader: Answers reads, through the cache.
        loader: Carries everything else, and knows the budget.
        identities: In whose name.
        notebook: What the answers have taught about the app.
        clock: Monotonic seconds.
        random: Uniform in [0, 1), for the waits that refusals tell.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        catalogue: Mapping[str, Endpoint],
        reader: Reader,
        loader: Loader,
        identities: Identities,
        notebook: Notebook,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._config = config
        self._catalogue = catalogue
        self._reader = reader
        self._loader = loader
        self._identities = identities
        self._notebook = notebook
        self._clock = clock
        self._random = random
        self._turns = Turns(clock=clock)

    @property
    def deadline_s(self) -> float:
        """Seconds that a call may wait whose caller does not say."""
        return self._config.deadline_s

    async def call(
        self,
        endpoint_id: str,
        arguments: Iterable[tuple[str, object]],
        *,
        principal: Principal,
        deadline_s: float | None = None,
        priority: Priority | None = None,
        partial_ok: bool = False,
        refused: SpotifyError | None = None,
    ) -> Reply:
        """Answer one call.

        Args:
            endpoint_id: An id of the catalogue.
            arguments: What the caller gave, unchecked.
            principal: Who calls.
            deadline_s: Seconds that the caller is ready to wait; None for the configured span.
            priority: How urgent it is; None for the endpoint's own. A read that joins one in line takes it
                further up, if that is less urgent.
            partial_ok: Whether an object may lack some of its fields, as those do that stand in lists.
            refused: What `triage` said of it: the error if a request would have to leave for nobody else.

        Raises:
            SpotifyError: There is no answer; the error says why, what to do, and what was sent in vain.
        """
        endpoint = self._catalogue[endpoint_id]
        bound = bind(endpoint, arguments)
        deadline = self._clock() + (self._config.deadline_s if deadline_s is None else deadline_s)
        unsettled = await self._identities.settle(principal)
        call = self._begin(endpoint, principal, deadline=deadline, priority=priority, partial_ok=partial_ok)
        call.refused, call.unsettled = refused, unsettled
        answer = self._command if endpoint.family == _COMMANDS else self._answer
        try:
            self._identities.check(endpoint, bound, principal)
            reply = await answer(endpoint, bound, call)
            reply = reply._replace(body=self._identities.shown(endpoint, reply.body, principal))
        except ThrottledError as error:
            # Those who are refused together, or shared one flight, must not come back in the same instant.
            raise error.later(self._random()).costing(call.sent) from error
        except SpotifyError as error:
            raise self._identities.advised(error, principal).costing(call.sent) from error
        if reply.retry_after_s is None:
            return reply._replace(upstream_calls=call.sent)
        return reply._replace(upstream_calls=call.sent, retry_after_s=reply.retry_after_s + self._random())

    def disconnect(self, user: str) -> None:
        """Delete everything that was read in the name of `user`, here and in all processes that share."""
        self._reader.forget(user)

    def memo(
        self, endpoint_id: str, arguments: Iterable[tuple[str, object]], *, principal: Principal
    ) -> Memo | None:
        """Return what `glance` needs to know of a call that was answered; None unless it is one plain read."""
        endpoint = self._catalogue[endpoint_id]
        lacking = self._notebook.lacks(endpoint_id)
        first, _ = choose(endpoint, self._config.profile, lacking=lacking)
        try:
            steps = self._plan(first, endpoint, bind(endpoint, arguments))
        except SpotifyError:
            # While the call was under way, the notebook may have learnt that it cannot be answered.
            return None
        if not isinstance(steps, One) or endpoint.method != "GET":
            return None
        return Memo(
            principal=principal,
            called=endpoint_id,
            lacking=lacking,
            endpoint=steps.endpoint,
            request=steps.request,
            for_all=is_for_all(steps.endpoint, steps.request),
        )

    def glance(self, memo: Memo) -> Reply | None:
        """Return what `call` would answer now if that is in process, fresh and no error; None is no look-up."""
        found = self._found(memo)
        return None if found is None else reply_of(found)

    def still(self, memo: Memo, body: bytes) -> bool:
        """Tell whether `glance` would return that very `body`."""
        found = self._found(memo)
        return found is not None and found.answer.body is body

    def _found(self, memo: Memo) -> Found | None:
        if self._notebook.lacks(memo.called) is not memo.lacking:
            return None
        user = self._identities.reader_of(memo)
        return None if user is None else self._reader.glance(memo.endpoint, memo.request, user)

    def budget(self, endpoint: Endpoint) -> LimitStatus:
        """Return how the budget stands from which calls of `endpoint` are paid."""
        return self._loader.status(endpoint)

    def estimate(
        self,
        calls: Iterable[tuple[str, Iterable[tuple[str, object]]]],
        *,
        principal: Principal,
        deadline_s: float | None = None,
        priority: Priority | None = None,
        partial_ok: bool = False,
    ) -> Estimate:
        """Tell what `calls`, as endpoint ids with arguments, would cost together. Nothing is sent or done.

        Raises:
            SpotifyError: One of them would be refused without a call.
        """
        parts: list[Part] = []
        for endpoint_id, arguments in calls:
            endpoint = self._catalogue[endpoint_id]
            call = self._begin(endpoint, principal, deadline=0, priority=priority, partial_ok=partial_ok)
            bound = bind(endpoint, arguments)
            self._identities.check(endpoint, bound, principal)
            parts += self._worst(endpoint, bound, call)
        wait_s = self._config.deadline_s if deadline_s is None else deadline_s
        return estimate_of(parts, partial(self._predict, priority), deadline_s=wait_s)

    def triage(
        self,
        calls: Iterable[tuple[str, Iterable[tuple[str, object]]]],
        *,
        principal: Principal,
        deadline_s: float,
        priority: Priority | None = None,
        partial_ok: bool = False,
    ) -> Verdict[int]:
        """Tell which of `calls`, by their places, would come too late if all were made now. Nothing is done.

        Without it each would learn that by itself, and be told a wait as if it came back alone.
        """
        parts: list[Sequence[Part]] = []
        for endpoint_id, arguments in calls:
            endpoint = self._catalogue[endpoint_id]
            call = self._begin(endpoint, principal, deadline=0, priority=priority, partial_ok=partial_ok)
            parts.append(self._likely(endpoint, arguments, call))
        needed = next((part for part in chain.from_iterable(parts) if part.known is None), None)
        if needed is None:
            return ALL
        urgency = needed.endpoint.priority if priority is None else priority
        return judge_calls(
            parts,
            partial(self._predict, priority),
            patience_s=deadline_s,
            answer_s=self._loader.answer_s,
            at_once=at_once(self._loader.status(needed.endpoint), urgency),
        )

    def _predict(self, priority: Priority | None, part: Part, count: int) -> float:
        urgency = part.endpoint.priority if priority is None else priority
        return self._loader.wait_s(part.endpoint, payer=part.payer, priority=urgency, calls=count)

    def _begin(
        self,
        endpoint: Endpoint,
        principal: Principal,
        *,
        deadline: float,
        priority: Priority | None,
        partial_ok: bool,
    ) -> Call:
        return Call(
            principal,
            endpoint.priority if priority is None else priority,
            deadline,
            partial_ok=partial_ok,
            user=self._identities.user(principal),
        )

    def _worst(self, endpoint: Endpoint, bound: Arguments, call: Call) -> list[Part]:
        """Return what a call sends at most: an unknown app may lack the route, a named profile is believed."""
        lacking = self._notebook.lacks(endpoint.id)
        first, fallback = choose(endpoint, self._config.profile, lacking=lacking)
        parts = self._parts(first, endpoint, bound, call)
        believed = self._config.profile is not Profile.AUTO
        if fallback is None or believed or all(part.known for part in parts):
            return parts
        try:
            return parts + self._parts(fallback, endpoint, bound, call)
        except UnsupportedInProfileError:
            return parts

    def _likely(self, endpoint: Endpoint, arguments: Iterable[tuple[str, object]], call: Call) -> Sequence[Part]:
        """Return what a call sends if the app is as it seems; nothing if it would be refused without a call."""
        first, _ = choose(endpoint, self._config.profile, lacking=self._notebook.lacks(endpoint.id))
        try:
            return self._parts(first, endpoint, bind(endpoint, arguments), call)
        except SpotifyError:
            return ()

    def _parts(self, emulation: Emulation | None, endpoint: Endpoint, bound: Arguments, call: Call) -> list[Part]:
        me = self._catalogue[_ME]
        look = partial(self._look, call)
        return parts_of(self._plan(emulation, endpoint, bound), look, me=lambda: look(me, render(me, {})))

    def _look(self, call: Call, endpoint: Endpoint, request: UpstreamRequest) -> Part:
        identity = self._identities.of(endpoint, request, call)
        reads = endpoint.method == "GET"
        known = self._reader.known(endpoint, request, identity, call=call) if reads else None
        sharing = self._loader.sharing(endpoint)
        return Part(endpoint, request, identity.user, known, sharing, identity.payer)

    async def _answer(self, endpoint: Endpoint, bound: Arguments, call: Call) -> Reply:
        lacking = self._notebook.lacks(endpoint.id)
        first, fallback = choose(endpoint, self._config.profile, lacking=lacking)
        try:
            return await self._as(first, endpoint, bound, call)
        except SpotifyError as error:
            if fallback is None or not teaches(error, fallback):
                raise
            self._notebook.note(endpoint.id)
            return await self._as(fallback, endpoint, bound, call)

    async def _as(self, emulation: Emulation | None, endpoint: Endpoint, bound: Arguments, call: Call) -> Reply:
        steps = self._plan(emulation, endpoint, bound)
        return await carry_out(
            steps,
            partial(self._fetch, call),
            judge=partial(self._judge, call),
            me=partial(self._me, call),
            clock=self._clock,
        )

    def _judge(
        self, call: Call, endpoint: Endpoint, requests: Iterable[UpstreamRequest]
    ) -> Verdict[UpstreamRequest]:
        parts = [self._look(call, endpoint, request) for request in dict.fromkeys(requests)]
        needed = [part for part in parts if part.known is None]
        if not needed or needed[0].sharing.most > 1:
            return ALL
        loader, payer = self._loader, needed[0].payer
        return judge(
            [part.request for part in needed],
            lambda count: loader.wait_s(endpoint, payer=payer, priority=call.priority, calls=count),
            patience_s=call.deadline - self._clock(),
            answer_s=loader.answer_s,
            limit=at_once(loader.status(endpoint), call.priority),
        )

    def _plan(self, emulation: Emulation | None, endpoint: Endpoint, bound: Arguments) -> Plan:
        profile, catalogue = self._config.profile, self._catalogue
        return plan(endpoint, bound, emulation=emulation, profile=profile, catalogue=catalogue)

    async def _command(self, endpoint: Endpoint, bound: Arguments, call: Call) -> Reply:
        # Spotify does not promise the order of commands on their way, so the next one waits for the answer.
        async with self._turns.next(call.principal.id, call.deadline):
            try:
                return await self._answer(endpoint, bound, call)
            except ForbiddenError as error:
                if error.reason not in {"", "UNKNOWN"} or not is_wish(endpoint.id):
                    raise
                if not already(endpoint.id, bound, await self._player(call)):
                    raise
                return Reply(body=b"", status=endpoint.success)

    async def _player(self, call: Call) -> Mapping[str, Any]:
        state = await self._answer(self._catalogue[STATE], {}, call)
        found: Mapping[str, Any] = orjson.loads(state.body or b"{}")
        return found

    async def _me(self, call: Call) -> str:
        profile = await self._answer(self._catalogue[_ME], {}, call)
        return str(orjson.loads(profile.body)["id"])

    async def _fetch(
        self, call: Call, endpoint: Endpoint, request: UpstreamRequest, *, refused: SpotifyError | None = None
    ) -> Reply:
        identity = self._identities.of(endpoint, request, call)
        refused = refused or call.refused
        try:
            if endpoint.method == "GET":
                return await self._reader.read(endpoint, request, identity=identity, call=call, refused=refused)
            if refused is not None:
                raise refused
            return await self._write(call, endpoint, request, identity=identity)
        except ForbiddenError as error:
            raise lacking_scope(error, endpoint.scopes) from None

    async def _write(
        self, call: Call, endpoint: Endpoint, request: UpstreamRequest, *, identity: Identity
    ) -> Reply:
        flight: Flight[Answer] = Flight(call.deadline)
        try:
            loaded = await self._loader.load(
                endpoint, request, identity=identity, flight=flight, priority=call.priority, wasted=call.pay
            )
        finally:
            # Whatever came back, or nothing: the write may have happened.
            await self._reader.written(endpoint, identity.user, path=request.path)
        call.pay(loaded.calls)
        return Reply(body=loaded.answer.body, status=loaded.answer.status)
