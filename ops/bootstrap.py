"""The composition root: the only place that knows every part, and the only one that opens and closes them."""

import asyncio
import importlib.metadata
import math
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web
from mcp.server.lowlevel import Server

from gateway.admission import Admission
from gateway.app import create_app
from gateway.auth.newcomers import Newcomers
from gateway.auth.tokens import APP, AccessTokens
from gateway.batcher import Batcher
from gateway.catalogue import CATALOGUE
from gateway.changes import Changes
from gateway.client import SpotifyClient
from gateway.identity import Identities
from gateway.lanes import LANES
from gateway.learned import is_development, is_served
from gateway.principal import LOCAL
from gateway.reader import Reader
from gateway.reference import reference
from gateway.timely import TimelyBodies
from gateway.transport import PooledTransport
from gateway.upstream import Upstream
from limiter import RetryPolicy
from limiter.inbound import Inbound
from ops.budget import Budget
from ops.door import Entrance
from ops.entrances import entrance
from ops.events import (
    CacheEvents,
    GatewayEvents,
    InboundEvents,
    LimiterEvents,
    SharedCacheEvents,
    ToolEvents,
    TransportEvents,
)
from ops.handover import Handover
from ops.health import Condition, Health
from ops.identity import Identity
from ops.identity_events import IdentityEvents
from ops.metrics import Metrics
from ops.notebook import FileNotebook
from ops.recall import Recall
from ops.settings import Settings
from ops.whois import WhoIs
from tools.curated import curated_tools
from tools.entitlements import ToolEntitlements
from tools.fast import Answers, Encoder, FastLane, Repeats
from tools.generated.tool import generate
from tools.prompts import PROMPTS
from tools.resources import ResourceServer
from tools.runner import ToolRunner
from tools.server import build_server
from tools.transport import PATHS, McpTransport
from tools.views import ToolViews

VERSION = importlib.metadata.version("fermata")


@dataclass(frozen=True, slots=True)
class Gateway:
    """Every part of one process, wired but not yet open; `opened` opens them."""

    settings: Settings
    metrics: Metrics
    health: Health
    budget: Budget
    recall: Recall
    handover: Handover
    transport: PooledTransport
    tokens: AccessTokens
    identity: Identity
    entrance: Entrance
    batcher: Batcher
    client: SpotifyClient
    views: ToolViews
    runner: ToolRunner
    server: Server[Any]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep the parts open; they close in the reverse order, whoever of them fails to open."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.transport)
            stack.push_async_callback(self.tokens.close)
            await stack.enter_async_context(self.identity.opened())
            await stack.enter_async_context(self.entrance.opened())
            stack.push_async_callback(self.batcher.close)
            await stack.enter_async_context(self.recall.opened())
            await stack.enter_async_context(self.budget.opened())
            await stack.enter_async_context(self.handover.opened())
            yield


def wire(
    settings: Settings, *, clock: Callable[[], float] = time.monotonic, permitted: frozenset[str] = frozenset()
) -> Gateway:
    """Build every part from `settings`; nothing is opened and nothing is sent.

    `permitted` are origins from which documents of clients are fetched in spite of the guard; tests serve some.
    """
    metrics = Metrics()
    events = GatewayEvents(metrics)
    budget = Budget(settings, LimiterEvents(metrics), clock=clock)

    def ended(user: str) -> None:
        client.disconnect(user)

    transport = PooledTransport(settings.transport)
    tokens = AccessTokens(APP, settings.credentials, transport=transport, clock=clock)
    identity = Identity(
        settings, transport=transport, ended=ended, observer=IdentityEvents(metrics, clock=clock), clock=clock
    )
    identities = Identities(tokens, identity.accounts)
    changes = Changes(settings.owners, identities.user)
    recall = Recall(
        settings,
        CacheEvents(metrics),
        shared_observer=SharedCacheEvents(metrics),
        on_written=changes.elsewhere,
        clock=clock,
    )
    upstream = Upstream(
        settings.upstream,
        transport=transport,
        limiter=budget.limiter,
        retry=RetryPolicy(),
        clock=clock,
        sleep=asyncio.sleep,
        random=random.random,
        observer=events,
    )
    notebook = FileNotebook(settings.lessons, client_id=settings.spotify_client_id, metrics=metrics)
    batcher = Batcher(
        upstream, catalogue=CATALOGUE, profile=settings.client.profile, notebook=notebook, clock=clock
    )
    reader = Reader(
        settings.client.profile,
        catalogue=CATALOGUE,
        cache=recall.cache,
        generations=recall.generations,
        owners=settings.owners,
        loader=batcher,
        is_development=partial(is_development, settings.client.profile, notebook, CATALOGUE),
        changes=changes,
    )
    client = SpotifyClient(
        settings.client,
        catalogue=CATALOGUE,
        reader=reader,
        loader=batcher,
        identities=identities,
        notebook=notebook,
        clock=clock,
        random=random.random,
    )
    served = partial(is_served, profile=settings.client.profile, notebook=notebook)
    views = ToolViews(
        curated_tools(client, clock=clock, sleep=asyncio.sleep, compat=settings.fermata_compat),
        generate(CATALOGUE.values(), client, served=served),
        default=settings.selection,
    )
    runner = ToolRunner(observer=ToolEvents(metrics), clock=clock)
    server = build_server(views, version=VERSION, runner=runner, prompts=PROMPTS)
    ResourceServer(client, CATALOGUE, served=served, changes=changes).attach(server)
    door = entrance(settings, identity, identify=WhoIs(client, identity.bearers), clock=clock, permitted=permitted)
    gateway = Gateway(
        settings,
        metrics,
        Health(),
        budget,
        recall,
        Handover(settings, clock=clock),
        transport,
        tokens,
        identity,
        door,
        batcher,
        client,
        views,
        runner,
        server,
    )
    _watch(gateway)
    return gateway


def build_app(gateway: Gateway, *, clock: Callable[[], float] = time.monotonic) -> web.Application:
    """Return the application that serves `gateway`; its lifespan opens and closes the parts."""
    guard = gateway.settings.guard
    # One rule for both: a caller does not get twice as much by speaking two protocols.
    turned_away = InboundEvents(gateway.metrics)
    admit = Admission(Inbound(gateway.settings.inbound, observer=turned_away))
    # Both doors to MCP must ask the same, or one of them would stand open.
    callers, entitlements = gateway.entrance.callers, ToolEntitlements(gateway.views, CATALOGUE)
    observer, http_observer = TransportEvents(gateway.metrics), GatewayEvents(gateway.metrics)
    mcp = McpTransport(
        gateway.server,
        gateway.settings.mcp,
        clock=clock,
        callers=callers,
        admit=admit,
        selections=gateway.views,
        entitlements=entitlements,
        observer=observer,
        store=gateway.handover.store,
    )
    answers = Answers(gateway.runner, Encoder(gateway.server), repeats=Repeats(gateway.client), clock=clock)
    fast = FastLane(
        mcp,
        gateway.views,
        answers=answers,
        guard=guard,
        callers=callers,
        admit=admit,
        judge=entitlements,
        observer=observer,
        http_observer=http_observer,
        clock=clock,
    )
    app = create_app(
        gateway.client,
        CATALOGUE,
        guard=guard,
        observer=http_observer,
        clock=clock,
        callers=callers,
        admit=admit,
        mounts=[
            Newcomers(gateway.identity.bearers, Inbound(gateway.settings.newcomers, observer=turned_away)).mount,
            mcp.mount,
            gateway.entrance.mount,
            gateway.metrics.mount,
            gateway.health.mount,
            reference(CATALOGUE, version=VERSION),
        ],
        self_guarded=PATHS,
        shared=gateway.entrance.shared,
    )
    app[LANES] += [fast, TimelyBodies()]

    # One entry with one stack: aiohttp does not close the first of two entries if the second fails to open.
    async def lifespan(_: web.Application) -> AsyncIterator[None]:
        async with gateway.opened(), mcp:
            yield

    async def wind_down(_: web.Application) -> None:
        """End what would outlive the requests: streams wait for ever, callers in line for a budget."""
        gateway.health.stopping = True
        mcp.begin_shutdown()
        await gateway.budget.limiter.close()

    app.cleanup_ctx.append(lifespan)
    app.on_shutdown.append(wind_down)
    return app


def _watch(gateway: Gateway) -> None:
    """Show what changes by itself: the window, the line, the memory, and whether calls can leave."""
    budget_of, key = gateway.budget.limiter, gateway.budget.key

    def status(field: str) -> Callable[[], float]:
        return lambda: float(getattr(budget_of.status(key), field))

    watch = gateway.metrics.watch
    watch("limiter_slots", status("limit"))
    watch("limiter_free", status("free"))
    watch("limiter_in_flight", status("in_flight"))
    watch("limiter_waiting", status("waiting"))
    watch("limiter_paused_seconds", status("paused_s"))
    watch("limiter_reachable", lambda: float(not gateway.budget.trouble))
    if gateway.settings.auth_mode == "local":
        gateway.metrics.days_left.labels("local").set_function(partial(_days_left, gateway.identity))
    cache = gateway.recall.cache
    watch("cache_bytes", lambda: float(cache.used_bytes))
    watch("cache_entries", lambda: float(len(cache)))
    watch("cache_evictions", lambda: float(cache.evictions))
    watch("cache_flights", lambda: float(cache.flights))

    def credentials() -> Condition:
        return Condition(not gateway.tokens.trouble, gateway.tokens.trouble or "ok")

    def budget() -> Condition:
        # Not a reason to send callers elsewhere: every other gateway shares the pause, and this one has a cache.
        paused_s = budget_of.status(key).paused_s
        asked = f"Spotify asked us to wait {paused_s:.0f} s" if paused_s else "ok"
        return Condition(ready=True, detail=gateway.budget.trouble or asked)

    def shared() -> Condition:
        # No reason either: without it everything costs more, and nothing fails.
        return Condition(ready=True, detail=gateway.recall.trouble or "ok")

    gateway.health.components.update(credentials=credentials, budget=budget, cache=shared)


def _days_left(identity: Identity) -> float:
    days_left = identity.kept.days_left(LOCAL)
    return math.nan if days_left is None else days_left
