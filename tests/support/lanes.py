"""One client of Spotify behind two servers: one with the express lane in front, one without."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.admission import Admission
from gateway.app import create_app
from gateway.auth.tokens import TokenProvider
from gateway.callers import Callers, LocalCallers
from gateway.catalogue import CATALOGUE
from gateway.client import SpotifyClient
from gateway.guards import Guard
from gateway.lanes import LANES
from gateway.observer import NullObserver
from gateway.principal import LOCAL, Principal
from limiter.inbound import Inbound, InboundConfig
from ops.serve import listening
from pipeline import CountingTokens, Script, ScriptedTransport, answer, new_client
from raw_http import Line, RawAnswer, line

LISTED = "https://app.example"
TRACK = "4cJPC6Y0d1ias1xK2lB9S2"


class Served(NullObserver):
    """Remembers what is told of requests: route, method and status; `left` is set once somebody did not wait."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.events: list[tuple[str, str, int]] = []
        self.ids: list[str] = []

    def served(self, request_id: str, route: str, method: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        self.events.append((route, method, status))
        self.ids.append(request_id)
        if status == 499:
            self.left.set()


@dataclass
class Lanes:
    """The running pair; `passed` holds the targets that went past the express lane into the application."""

    client: SpotifyClient
    callers: Callers
    transport: ScriptedTransport
    inbound: Inbound
    express: int = 0
    ordinary: int = 0
    served: Served = field(default_factory=Served)
    passed: list[str] = field(default_factory=list)


@asynccontextmanager
async def lanes(
    script: Script = lambda *_: answer({"id": TRACK}),
    *,
    delay_s: float = 0.0,
    inbound: InboundConfig | None = None,
    callers: Callers | None = None,
    users: Mapping[Principal, TokenProvider] | None = None,
    **client: Any,
) -> AsyncIterator[Lanes]:
    """Start both in front of what `script` answers; the principal, or each of `users`, has signed in."""
    transport = ScriptedTransport(script, delay_s=delay_s)
    found = Lanes(
        new_client(transport, users=users or {LOCAL: CountingTokens()}, **client),
        callers or LocalCallers(),
        transport,
        Inbound(inbound or InboundConfig(per_s=0)),
    )
    async with AsyncExitStack() as stack:

        async def start(app: web.Application) -> int:
            base = await stack.enter_async_context(listening(app, "127.0.0.1", port=0))
            return urlsplit(base).port or 0

        found.express = await start(_app(found, found.passed.append))
        without = _app(found, lambda _: None)
        del without[LANES]
        found.ordinary = await start(without)
        yield found


def _app(found: Lanes, note: Callable[[str], None]) -> web.Application:
    @web.middleware
    async def noting(request: web.Request, handler: Handler) -> web.StreamResponse:
        note(request.raw_path)
        return await handler(request)

    return create_app(
        found.client,
        CATALOGUE,
        guard=Guard(origins=frozenset({LISTED})),
        observer=found.served,
        clock=asyncio.get_running_loop().time,
        callers=found.callers,
        admit=Admission(found.inbound),
        # The outermost would not see what the next ones refuse.
        mounts=[lambda app: app.middlewares.insert(0, noting)],
    )


async def ask(port: int, *requests: bytes) -> list[RawAnswer]:
    """Send requests over one connection, each after the answer to the one before."""

    def talk() -> list[RawAnswer]:
        with line(port) as one:
            return [one.ask(data) for data in requests]

    return await asyncio.to_thread(talk)


async def talk(port: int, conversation: Callable[[Line], RawAnswer | list[RawAnswer] | None]) -> Any:
    """Run a conversation over one connection while the loop goes on."""

    def run() -> Any:
        with line(port) as one:
            return conversation(one)

    return await asyncio.to_thread(run)
