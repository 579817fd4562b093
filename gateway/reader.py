"""Reads through the cache: names what is asked for, and fills single entries from lists.

An answer is found under the name of whoever's token read it. Only the app's answers are everybody's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus

from cache import (
    PUBLIC,
    Answer,
    CachePolicy,
    Flight,
    FlightTimeoutError,
    Found,
    Generations,
    Landing,
    Owners,
    Seed,
    TieredCache,
    cache_key,
    is_partial,
    owner_prefix,
    partial_key,
)
from gateway.answers import error_for
from gateway.call import Call
from gateway.changes import NOBODY, ChangeObserver
from gateway.endpoint import Auth, Endpoint, Profile
from gateway.errors import SpotifyError, ThrottledError, UpstreamTimeoutError, UpstreamUnavailableError
from gateway.filling import Filled, everywhere, filled
from gateway.loader import Identity, Loader
from gateway.params import UpstreamRequest
from gateway.steps import Reply
from limiter import Priority

EXCUSES = (ThrottledError, UpstreamTimeoutError, UpstreamUnavailableError)
"""Errors in whose place an older answer is served: they tell of Spotify or the budget, not of the call."""

_LISTENED_S = 600.0
_MEMORISED = 4096
_LATE = "No answer came within the time that this call had; try again, or give it longer"


class Reader:
    """Answers single reads.

    Args:
        profile: What Spotify lets the app do; answers differ by it.
        catalogue: What can be read.
        cache: Remembers answers.
        generations: Know what writes have changed.
        owners: Name whose answers are kept.
        loader: Gets what is not known.
        is_development: Tells whether the app is known to have the most restricted profile.
        changes: Hears what was written.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        catalogue: Mapping[str, Endpoint],
        cache: TieredCache,
        generations: Generations,
        owners: Owners,
        loader: Loader,
        is_development: Callable[[], bool],
        changes: ChangeObserver = NOBODY,
    ) -> None:

        def named(owner: str, request: UpstreamRequest, stamp: str) -> str:
            return cache_key(owner, request.path, query=request.query, profile=profile, stamp=stamp)

        # With a market 1.6 us to make, 0.4 to remember; every read of the express lane needs it.
        self._named = lru_cache(_MEMORISED)(named)
        self._catalogue = catalogue
        self._cache = cache
        self._generations = generations
        self._owners = owners
        self._loader = loader
        self._is_development = is_development
        self._changes = changes
        self._private = {name: private_policy(entry) for name, entry in catalogue.items()}
        self._filled = frozenset(fill.endpoint_id for entry in catalogue.values() for fill in entry.fills)

    async def read(
        self,
        endpoint: Endpoint,
        request: UpstreamRequest,
        *,
        identity: Identity,
        call: Call,
        refused: SpotifyError | None = None,
    ) -> Reply:
        """Return the answer to `request`, read in the name of `identity`.

        Args:
            endpoint: What is read.
            request: With what.
            identity: Whose token reads.
            call: On account of which call.
            refused: The error if a request would have to leave and nobody else has more time for it.

        Raises:
            SpotifyError: There is none.
        """
        owner = self._owners.of(identity.user)
        stamp = self._generations.stamp(owner, endpoint.tags)
        if stamp is None:
            stamp = await self._generations.learn(owner, endpoint.tags)
        key, *others = self._keys(endpoint, request, owner, stamp=stamp, call=call)

        async def load(flight: Flight[Landing], known: Answer | None) -> Answer:
            if refused is not None and flight.deadline <= call.deadline:
                raise refused
            priority = Priority.BACKGROUND if flight.background else Priority(flight.urgency)
            loaded = await self._loader.load(
                endpoint,
                request,
                identity=identity,
                flight=flight,
                priority=priority,
                known=known,
                wasted=call.pay,
            )
            call.pay(loaded.calls)
            if loaded.answer is not known:
                self._cache.seed(self._seeds(endpoint, request, loaded.answer, owner), flight)
            return loaded.answer

        try:
            found = await self._cache.fetch(
                key,
                load,
                policy=self._policy(endpoint, owner),
                deadline=call.deadline,
                label=endpoint.id,
                urgency=call.priority,
                others=others,
            )
        except FlightTimeoutError:
            raise UpstreamTimeoutError(_LATE) from None
        return reply_of(found)

    def known(
        self, endpoint: Endpoint, request: UpstreamRequest, identity: Identity, *, call: Call
    ) -> Answer | None:
        """Return the answer that a hit in process would give now, without a trace."""
        owner = self._owners.of(identity.user)
        stamp = self._generations.stamp(owner, endpoint.tags)
        if stamp is None:
            return None
        keys = self._keys(endpoint, request, owner, stamp=stamp, call=call)
        return next((answer for key in keys if (answer := self._cache.peek(key)) is not None), None)

    def glance(self, endpoint: Endpoint, request: UpstreamRequest, user: str) -> Found | None:
        """Return what `read` would find for `user` now if that is in process, fresh and no error, at once."""
        owner = self._owners.of(user) if user else PUBLIC
        stamp = self._generations.stamp(owner, endpoint.tags) if endpoint.tags else ""
        if stamp is None:
            return None
        # An error that is kept is for the ordinary way, which then counts the look-up.
        return self._cache.fresh(self._named(owner, request, stamp), endpoint.id, errors=False)

    async def written(self, endpoint: Endpoint, user: str, *, path: str) -> None:
        """Make unfindable what a write of `user` to `path` may have changed, in every process, and tell of it."""
        owner = self._owners.of(user)
        try:
            await self._generations.advance(owner, endpoint.invalidates)
        finally:
            # Not before: who is told reads at once, and until all processes know of the new stamp, nobody would
            # find again what that read brings.
            self._changes.written(owner, endpoint, path=path)

    def forget(self, user: str) -> None:
        """Delete what was read in the name of `user`, in every tier of every process."""
        self._cache.purge(owner_prefix(self._owners.of(user)))

    def _policy(self, endpoint: Endpoint, owner: str) -> CachePolicy:
        return endpoint.cache if owner == PUBLIC else self._private[endpoint.id]

    def _keys(
        self, endpoint: Endpoint, request: UpstreamRequest, owner: str, *, stamp: str, call: Call
    ) -> Sequence[str]:
        """Return the key of `request`, and those under which lists may have brought what it asks for."""
        keys = [self._named(owner, request, stamp)]
        if endpoint.id not in self._filled:
            return keys
        # Lists read in the user's name show the market of the user's account, whatever market they name.
        if call.user and owner == PUBLIC and not names_market(request):
            keys.append(self._named(self._owners.of(call.user), request, ""))
        return [*keys, *map(partial_key, keys)] if call.partial_ok else keys

    def _seeds(self, endpoint: Endpoint, request: UpstreamRequest, answer: Answer, owner: str) -> Iterable[Seed]:
        if owner != PUBLIC and names_market(request):
            return
        for one in filled(endpoint, request, answer, catalogue=self._catalogue):
            entry = self._catalogue[one.endpoint_id]
            seen = one.answer if owner == PUBLIC or entry.auth is not Auth.APP else self._as_app(one)
            whole = one.whole and seen is not None
            key = self._named(owner, one.request, "")
            named, policy = key if whole else partial_key(key), self._policy(entry, owner)
            yield Seed(named, seen or one.answer, policy, entry.id, shared=whole)

    def _as_app(self, one: Filled) -> Answer | None:
        """Return what the app's token would have read, if a user's shows it."""
        body = everywhere(one.answer.body) if one.whole and self._is_development() else None
        return None if body is None else Answer(one.answer.status, body)


def private_policy(entry: Endpoint) -> CachePolicy:
    """Return how long an answer is kept that a user's token read.

    People look at what is theirs to see what they just did elsewhere, so none of it is served past its time while
    it is renewed. Shows, episodes and the like tell a user how far they were listened to, which changes often.
    """
    policy = replace(entry.cache, stale_s=0.0)
    return replace(policy, ttl_s=min(policy.ttl_s, _LISTENED_S)) if entry.auth is Auth.MARKET else policy


def names_market(request: UpstreamRequest) -> bool:
    """Tell whether `request` says for which country it asks."""
    return any(name == "market" for name, _ in request.query)


def reply_of(found: Found) -> Reply:
    """Return what a caller gets.

    Raises:
        SpotifyError: The answer is that there is none.
    """
    if found.answer.status >= HTTPStatus.BAD_REQUEST:
        raise error_for(found.answer)
    return Reply(
        body=found.answer.body,
        status=found.answer.status,
        cache=found.result,
        age_s=found.age_s,
        partial=is_partial(found.key),
    )
