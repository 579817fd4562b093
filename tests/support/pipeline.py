"""A whole call pipeline over a scripted network, for tests that run on virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

import orjson
from yarl import URL

from cache import CacheConfig, LocalGenerations, Owners, TieredCache
from gateway.auth.accounts import Account
from gateway.auth.tokens import TokenProvider
from gateway.batcher import Batcher
from gateway.catalogue import CATALOGUE
from gateway.changes import NOBODY, ChangeObserver
from gateway.client import ClientConfig, SpotifyClient
from gateway.endpoint import Profile
from gateway.identity import Identities
from gateway.learned import is_development
from gateway.observer import GatewayObserver, NullObserver
from gateway.principal import Principal
from gateway.reader import EXCUSES, Reader
from gateway.transport import Response, Transport
from gateway.upstream import Upstream, UpstreamConfig
from limiter import LimiterConfig, LimiterObserver, LocalLimiter, RetryPolicy
from limiter.observer import NULL_OBSERVER

OWNERS = Owners(b"secret")

Script = Callable[[str, str], Response | BaseException | Awaitable[Response]]


def answer(document: object, status: int = 200, **headers: str) -> Response:
    """A JSON answer; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, orjson.dumps(document))


def refused(status: int, message: str, *, reason: str = "", **headers: str) -> Response:
    """An error in Spotify's shape."""
    error: dict[str, object] = {"status": status, "message": message}
    return answer({"error": error | ({"reason": reason} if reason else {})}, status, **headers)


@dataclass
class ScriptedTransport:
    """Answers what `script` says after `delay_s`, and remembers the URLs with their times."""

    script: Script
    delay_s: float = 0.1
    sent: list[tuple[float, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes | None = None
    ) -> Response:
        del data
        self.sent.append((asyncio.get_running_loop().time(), url))
        self.tokens.append(headers["Authorization"])
        self.headers.append(headers)
        await asyncio.sleep(self.delay_s)
        outcome = self.script(method, url)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome if isinstance(outcome, Response) else await outcome


@dataclass
class CountingTokens:
    """Hands out t1, and the next one once the current one is rejected."""

    number: int = 1

    async def token(self, *, deadline: float) -> str:
        del deadline
        return f"t{self.number}"

    def reject(self, token: str) -> None:
        if token == f"t{self.number}":
            self.number += 1

    def accept(self, token: str) -> None:
        del token


class KnownAccounts:
    """Accounts that never change, named like their principals."""

    def __init__(self, users: Mapping[Principal, TokenProvider]) -> None:
        self._users = users

    def of(self, principal: Principal) -> Account | None:
        tokens = self._users.get(principal)
        return None if tokens is None else Account(principal.id, tokens)

    def settled(self, principal: Principal) -> bool:
        del principal
        return True

    async def settle(self, principal: Principal) -> None:
        raise AssertionError(principal)

    def invite(self, principal: Principal, scopes: Sequence[str]) -> str:
        return f"Come in, {principal.id}, and grant {' '.join(scopes) or 'the usual'}"


class Notes:
    """A notebook without a file."""

    def __init__(self) -> None:
        self._lacking: set[str] = set()

    def lacks(self, endpoint: str) -> bool:
        return endpoint in self._lacking

    def note(self, endpoint: str) -> None:
        self._lacking.add(endpoint)


def new_upstream(
    transport: Transport,
    *,
    calls: int = 100,
    day_calls: int = 0,
    random: Callable[[], float] = lambda: 0.5,
    observer: GatewayObserver | None = None,
    permits: LimiterObserver = NULL_OBSERVER,
) -> Upstream:
    """Build what carries single calls, on the running loop's clock, without jitter."""
    clock = asyncio.get_running_loop().time
    return Upstream(
        UpstreamConfig(api_url="https://api.test/v1", account="a", client_id="c"),
        transport=transport,
        limiter=LocalLimiter(
            LimiterConfig(calls=calls, day_calls=day_calls), clock=clock, random=lambda: 0.0, observer=permits
        ),
        retry=RetryPolicy(),
        clock=clock,
        sleep=asyncio.sleep,
        random=random,
        observer=observer or NullObserver(),
    )


def new_batcher(upstream: Upstream, *, profile: Profile = Profile.EXTENDED, notes: Notes | None = None) -> Batcher:
    """Build what lets reads share calls."""
    clock = asyncio.get_running_loop().time
    return Batcher(upstream, catalogue=CATALOGUE, profile=profile, notebook=notes or Notes(), clock=clock)


def new_client(
    transport: Transport,
    *,
    profile: Profile = Profile.EXTENDED,
    calls: int = 100,
    day_calls: int = 0,
    deadline_s: float = 60.0,
    tokens: TokenProvider | None = None,
    users: Mapping[Principal, TokenProvider] | None = None,
    random: Callable[[], float] = lambda: 0.5,
    observer: GatewayObserver | None = None,
    changes: ChangeObserver = NOBODY,
    identities: Identities | None = None,
) -> SpotifyClient:
    """Build the pipeline on the running loop's clock, without jitter."""
    clock, notes = asyncio.get_running_loop().time, Notes()
    upstream = new_upstream(transport, calls=calls, day_calls=day_calls, random=random, observer=observer)
    batcher = new_batcher(upstream, profile=profile, notes=notes)
    reader = Reader(
        profile,
        catalogue=CATALOGUE,
        cache=TieredCache(CacheConfig(ttl_jitter=0), clock=clock, random=Random(1), excuses=EXCUSES),
        generations=LocalGenerations(),
        owners=OWNERS,
        loader=batcher,
        is_development=partial(is_development, profile, notes, CATALOGUE),
        changes=changes,
    )
    return SpotifyClient(
        ClientConfig(profile=profile, deadline_s=deadline_s),
        catalogue=CATALOGUE,
        reader=reader,
        loader=batcher,
        identities=identities or Identities(tokens or CountingTokens(), KnownAccounts(users or {})),
        notebook=notes,
        clock=clock,
        random=random,
    )


def things(method: str, url: str) -> Response:
    """Spotify's answer to single and batch reads of whatever is asked for; ids that end in x are unknown."""
    del method
    address = URL(url)
    ids = address.query.get("ids")
    if ids is None:
        name = address.name
        return refused(404, "Resource not found") if name.endswith("x") else answer({"id": name})
    found = [None if one.endswith("x") else {"id": one} for one in ids.split(",")]
    return answer({address.name: found})


def ids_of(url: str) -> list[str]:
    """The ids that a read asks for, one or many."""
    address = URL(url)
    return address.query["ids"].split(",") if "ids" in address.query else [address.name]
