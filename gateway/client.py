"""The one way to Spotify: check, plan for the profile, cache, single flight, upstream; nothing else calls it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any
from weakref import WeakValueDictionary

import orjson

from cache import PUBLIC, Answer, Flight, FlightTimeoutError, Found, Generations, TieredCache, cache_key
from gateway.answers import error_for
from gateway.auth.tokens import TokenSource
from gateway.endpoint import Auth, Emulation, Endpoint, Profile
from gateway.errors import (
    ForbiddenError,
    SpotifyError,
    ThrottledError,
    UnauthorisedError,
    UnsupportedInProfileError,
    UpstreamTimeoutError,
)
from gateway.estimate import Estimate, Part, estimate_of, parts_of
from gateway.learned import Notebook, choose, teaches
from gateway.memo import Memo
from gateway.params import Arguments, UpstreamRequest, bind, render
from gateway.plan import One, Plan, plan
from gateway.player import STATE, already, is_wish
from gateway.principal import Principal
from gateway.steps import Reply, carry_out
from gateway.upstream import Identity, Upstream
from limiter import LimitStatus, Priority

Load = Callable[..., Coroutine[Any, Any, Answer]]
"""Gets one answer, given `flight`."""

_ME = "get-current-users-profile"
_COMMANDS = "player-write"
_SIGN_IN = "This needs a signed-in user; sign in and set FERMATA_REFRESH_TOKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """How calls are made.

    Attributes:
        profile: What Spotify lets the app do.
        deadline_s: How long a call may wait when its caller does not say.
    """

    profile: Profile
    deadline_s: float = 60.0


@dataclass(slots=True)
class _Call:
    """What all requests of one call have in common, and how many of them had to leave."""

    principal: Principal
    priority: Priority
    deadline: float
    sent: int = 0


class SpotifyClient:
    """Answers calls of the catalogue.

    Args:
        config: How calls are made.
        catalogue: What can be called.
        cache: Remembers answers.
        upstream: Gets them.
        tokens: In whose name.
        notebook: What the answers have taught about the app.
        clock: Monotonic seconds.
        random: Uniform in [0, 1), for the waits that refusals tell.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        catalogue: Mapping[str, Endpoint],
        cache: TieredCache,
        upstream: Upstream,
        tokens: TokenSource,
        notebook: Notebook,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._config = config
        self._catalogue = catalogue
        self._cache = cache
        self._upstream = upstream
        self._tokens = tokens
        self._notebook = notebook
        self._clock = clock
        self._random = random
        self._generations = Generations()
        # Held only while somebody waits or sends, so it cannot grow.
        self._commanding: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def call(
        self,
        endpoint_id: str,
        arguments: Iterable[tuple[str, object]],
        *,
        principal: Principal,
        deadline_s: float | None = None,
        priority: Priority | None = None,
    ) -> Reply:
        """Answer one call.

        Args:
            endpoint_id: An id of the catalogue.
            arguments: What the caller gave, unchecked.
            principal: Who calls.
            deadline_s: Seconds that the caller is ready to wait; None for the configured span.
            priority: How urgent it is; None for the endpoint's own. A read that joins one under way keeps to the
                priority of that one.

        Raises:
            SpotifyError: There is no answer; the error says why and what to do.
        """
        endpoint = self._catalogue[endpoint_id]
        bound = bind(endpoint, arguments)
        wait_s = self._config.deadline_s if deadline_s is None else deadline_s
        call = _Call(principal, endpoint.priority if priority is None else priority, self._clock() + wait_s)
        answer = self._command if endpoint.family == _COMMANDS else self._answer
        try:
            reply = await answer(endpoint, bound, call)
        except ThrottledError as error:
            if error.retry_after_s is None:
                raise
            # Those who are refused together, or shared one flight, must not come back in the same instant.
            raise error.later(self._random()) from error
        if reply.retry_after_s is None:
            return replace(reply, upstream_calls=call.sent)
        return replace(reply, upstream_calls=call.sent, retry_after_s=reply.retry_after_s + self._random())

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
        )

    def glance(self, memo: Memo) -> Reply | None:
        """Return what `call` would answer now if that is in process, fresh and no error; None is no look-up."""
        if self._notebook.lacks(memo.called) is not memo.lacking:
            return None
        try:
            user = self._identity(memo.endpoint, memo.request, memo.principal).user
        except UnauthorisedError:
            return None
        key = self._key(memo.endpoint, memo.request, user)
        known = self._cache.peek(key)
        if known is None or known.status >= HTTPStatus.BAD_REQUEST:
            return None
        found = self._cache.fresh(key, memo.endpoint.id)
        return None if found is None else _reply(found)

    def budget(self, endpoint: Endpoint) -> LimitStatus:
        """Return how the budget stands from which calls of `endpoint` are paid."""
        return self._upstream.status(endpoint)

    def estimate(
        self,
        calls: Iterable[tuple[str, Iterable[tuple[str, object]]]],
        *,
        principal: Principal,
        deadline_s: float | None = None,
        priority: Priority | None = None,
    ) -> Estimate:
        """Tell what `calls`, as endpoint ids with arguments, would cost together. Nothing is sent or done.

        Raises:
            SpotifyError: One of them would be refused without a call.
        """
        parts: list[Part] = []
        for endpoint_id, arguments in calls:
            endpoint = self._catalogue[endpoint_id]
            parts += self._worst(endpoint, bind(endpoint, arguments), principal)

        def predict(part: Part, count: int) -> float:
            urgency = part.endpoint.priority if priority is None else priority
            return self._upstream.wait_s(part.endpoint, user=part.user, priority=urgency, calls=count)

        return estimate_of(
            parts, predict, deadline_s=self._config.deadline_s if deadline_s is None else deadline_s
        )

    def _worst(self, endpoint: Endpoint, bound: Arguments, principal: Principal) -> list[Part]:
        """Return what a call sends at most: an unknown app may lack the route, a named profile is believed."""
        lacking = self._notebook.lacks(endpoint.id)
        first, fallback = choose(endpoint, self._config.profile, lacking=lacking)
        parts = self._parts(first, endpoint, bound, principal)
        believed = self._config.profile is not Profile.AUTO
        if fallback is None or believed or all(part.known for part in parts):
            return parts
        try:
            return parts + self._parts(fallback, endpoint, bound, principal)
        except UnsupportedInProfileError:
            return parts

    def _parts(
        self, emulation: Emulation | None, endpoint: Endpoint, bound: Arguments, principal: Principal
    ) -> list[Part]:
        me = self._catalogue[_ME]
        look = partial(self._look, principal)
        return parts_of(self._plan(emulation, endpoint, bound), look, me=lambda: look(me, render(me, {})))

    def _look(self, principal: Principal, endpoint: Endpoint, request: UpstreamRequest) -> Part:
        user = self._identity(endpoint, request, principal).user
        reads = endpoint.method == "GET"
        return Part(
            endpoint, request, user, self._cache.peek(self._key(endpoint, request, user)) if reads else None
        )

    async def _answer(self, endpoint: Endpoint, bound: Arguments, call: _Call) -> Reply:
        lacking = self._notebook.lacks(endpoint.id)
        first, fallback = choose(endpoint, self._config.profile, lacking=lacking)
        try:
            return await self._as(first, endpoint, bound, call)
        except SpotifyError as error:
            if fallback is None or not teaches(error, fallback):
                raise
            self._notebook.note(endpoint.id)
            return await self._as(fallback, endpoint, bound, call)

    async def _as(self, emulation: Emulation | None, endpoint: Endpoint, bound: Arguments, call: _Call) -> Reply:
        steps = self._plan(emulation, endpoint, bound)
        return await carry_out(steps, partial(self._fetch, call), me=partial(self._me, call), clock=self._clock)

    def _plan(self, emulation: Emulation | None, endpoint: Endpoint, bound: Arguments) -> Plan:
        profile, catalogue = self._config.profile, self._catalogue
        return plan(endpoint, bound, emulation=emulation, profile=profile, catalogue=catalogue)

    async def _command(self, endpoint: Endpoint, bound: Arguments, call: _Call) -> Reply:
        async with self._turn(call):
            try:
                return await self._answer(endpoint, bound, call)
            except ForbiddenError as error:
                if error.reason not in {"", "UNKNOWN"} or not is_wish(endpoint.id):
                    raise
                if not already(endpoint.id, bound, await self._player(call)):
                    raise
                return Reply(body=b"", status=endpoint.success)

    @asynccontextmanager
    async def _turn(self, call: _Call) -> AsyncIterator[None]:
        # Spotify does not promise the order of commands on their way, so the next one waits for the answer.
        lock = self._commanding.setdefault(call.principal.id, asyncio.Lock())
        try:
            async with asyncio.timeout(max(0.0, call.deadline - self._clock())):
                await lock.acquire()
        except TimeoutError:
            raise UpstreamTimeoutError("Earlier commands to the player took too long; try again") from None
        try:
            yield
        finally:
            lock.release()

    async def _player(self, call: _Call) -> Mapping[str, Any]:
        state = await self._answer(self._catalogue[STATE], {}, call)
        found: Mapping[str, Any] = orjson.loads(state.body or b"{}")
        return found

    async def _me(self, call: _Call) -> str:
        profile = await self._answer(self._catalogue[_ME], {}, call)
        return str(orjson.loads(profile.body)["id"])

    def _identity(self, endpoint: Endpoint, request: UpstreamRequest, principal: Principal) -> Identity:
        user = self._tokens.users.get(principal)
        has_market = any(name == "market" for name, _ in request.query)
        wants_app = endpoint.auth is Auth.APP or (endpoint.auth is Auth.MARKET and has_market)
        if user is not None and not wants_app:
            return Identity(user, principal.id)
        if endpoint.auth is Auth.USER:
            raise UnauthorisedError(_SIGN_IN, reason="SIGN_IN_NEEDED")
        return Identity(self._tokens.app)

    async def _fetch(self, call: _Call, endpoint: Endpoint, request: UpstreamRequest) -> Reply:
        identity = self._identity(endpoint, request, call.principal)
        load = partial(self._upstream.load, endpoint, request, identity=identity, priority=call.priority)
        if endpoint.method == "GET":
            return await self._read(call, endpoint, key=self._key(endpoint, request, identity.user), load=load)
        try:
            answer = await load(flight=Flight(call.deadline))
        finally:
            # Whatever came back, or nothing: the write may have happened.
            self._generations.advance(_owner(identity.user), endpoint.invalidates)
        call.sent += 1
        return Reply(body=answer.body, status=answer.status)

    def _key(self, endpoint: Endpoint, request: UpstreamRequest, user: str) -> str:
        owner = _owner(user)
        return cache_key(
            request.method,
            request.path,
            query=request.query,
            profile=self._config.profile,
            owner=f"{owner} {self._generations.stamp(owner, endpoint.tags)}",
        )

    async def _read(self, call: _Call, endpoint: Endpoint, *, key: str, load: Load) -> Reply:
        async def fly(flight: Flight[Any]) -> Answer:
            return await load(flight=flight)

        try:
            found = await self._cache.fetch(
                key, fly, policy=endpoint.cache, deadline=call.deadline, label=endpoint.id
            )
        except FlightTimeoutError:
            raise UpstreamTimeoutError(
                "No answer came within the time that this call had; try again, or give it longer"
            ) from None
        call.sent += found.result == "miss"
        if found.answer.status >= HTTPStatus.BAD_REQUEST:
            raise error_for(found.answer)
        return _reply(found)


def _owner(user: str) -> str:
    """Return whose answers those of `user` are, for keys and generations."""
    return f"u:{user}" if user else PUBLIC


def _reply(found: Found) -> Reply:
    return Reply(body=found.answer.body, status=found.answer.status, cache=found.result, age_s=found.age_s)
