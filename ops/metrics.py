"""Every Prometheus metric, on a registry of its own; label values come from closed sets, so memory is bounded."""

from collections.abc import Callable, Mapping

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from ops.nearby import is_nearby
from ops.tally import Tally

_WAITS_S = (0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60)
_CALLS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SHARED_S = (0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1)
_SERVED_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10, 30)


WATCHED: Mapping[str, str] = {
    "limiter_slots": "Calls that one window may hold",
    "limiter_free": "Calls that could leave now",
    "limiter_in_flight": "Calls under way",
    "limiter_waiting": "Calls in line for the budget",
    "limiter_paused_seconds": "Seconds that a refusal by Spotify still holds calls back",
    "limiter_reachable": "1 while whoever counts the budget can be asked: this process itself, or Redis",
    "cache_bytes": "Bytes of memory that kept answers take; FERMATA_CACHE_MIB is the most",
    "cache_entries": "Answers that this process keeps",
    "cache_evictions": "Answers that had to make room for others since the process started",
    "cache_flights": "Reads that are being loaded, each on behalf of all who wait for it",
}
"""Gauges of state that changes by itself, with what they mean."""


class Metrics:
    """The metrics of one process.

    Attributes:
        registry: All of them.
        tally: Notes of what happens too often to be counted one by one.
        labels: By which names each is told apart, by the name of its family.
    """

    def __init__(self) -> None:
        # A creation time beside every counter doubles the page, and nothing in Grafana reads it.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library left it untyped
        self.registry = CollectorRegistry()
        self.tally = Tally(self.registry)
        self.labels: dict[str, tuple[str, ...]] = {}
        self.upstream_calls = self._counter(
            "upstream_calls", "Exchanges with Spotify, by status, or lost or not_sent", "endpoint", "outcome"
        )
        self.upstream_retries = self._counter("upstream_retries", "Exchanges that repeat a failed one", "endpoint")
        self.upstream_seconds = self._histogram(
            "upstream_seconds", "Time from sending to the complete answer", _CALLS_S, "endpoint"
        )
        self.permits = self._counter("limiter_permits", "Calls that were let through", "priority")
        self.refusals = self._counter("limiter_refusals", "Calls that were refused", "reason")
        self.permit_outcomes = self._counter("limiter_outcomes", "How permitted calls ended", "outcome")
        self.waits = self._histogram("limiter_wait_seconds", "Time in line for the budget", _WAITS_S, "priority")
        self.pauses = self._counter("limiter_pauses", "Refusals by Spotify that paused us", "scope")
        self.overdrawn = self._counter(
            "limiter_day_overdrawn", "Times that urgent calls went past the day quota of their kind", "family"
        )
        self.inbound_refused = self._counter("inbound_refused", "Requests of callers who send too fast")
        self.cache_lookups = self._counter(
            "cache_lookups",
            "Look-ups: hit, stale (past its time), shared (from Redis), joined (waited for another) or miss; "
            "each id of a batch is one",
            "endpoint",
            "result",
        )
        self.cache_renewals = self._counter(
            "cache_renewals",
            "Renewals in the background of what is past its time: renewed, elsewhere (another process did it) or "
            "failed",
            "endpoint",
            "outcome",
        )
        self.cache_filled = self._counter(
            "cache_filled",
            "Answers to single reads that came inside a list, whole or in part, at no call of their own",
            "endpoint",
        )
        self.cache_shared_batches = self._counter(
            "cache_shared_batches",
            "Round trips to the Redis of the cache: ok, error, timeout, or skipped (one has just failed)",
            "kind",
            "outcome",
        )
        self.cache_shared_commands = self._counter(
            "cache_shared_commands", "Commands to the Redis of the cache", "kind"
        )
        self.cache_shared_seconds = self._histogram(
            "cache_shared_seconds", "Time of a round trip to the Redis of the cache", _SHARED_S, "kind"
        )
        self.cache_invalidations = self._counter(
            "cache_invalidations",
            "Changes heard through Redis, our own too: stamp (something was written), purge (a sign-in ended) or "
            "everything",
            "change",
        )
        self.cache_shared_connected = self._gauge(
            "cache_shared_connected", "1 while changes in other processes are heard; 0 also without Redis"
        )
        self.http_requests = self._counter("http_requests", "Requests answered", "route", "method", "status")
        self.http_seconds = self._histogram("http_seconds", "Time to answer a request", _SERVED_S, "route")
        self.tool_calls = self._counter("tool_calls", "MCP tool calls", "tool", "outcome")
        self.tool_seconds = self._histogram("tool_seconds", "Time to answer a tool call", _SERVED_S, "tool")
        self.mcp_requests = self._counter("mcp_requests", "MCP messages answered", "wire", "method", "status")
        self.mcp_streams = self._gauge("mcp_streams", "Open event streams", "wire")
        self.lacking = self._gauge(
            "profile_lacking", "1 for each endpoint that the app was found to lack", "endpoint"
        )
        self.sign_ins = self._counter(
            "sign_ins",
            "Sign-ins, by how (local, key, program): begun, finished, denied, failed or given_up",
            "way",
            "outcome",
        )
        self.renewals = self._counter(
            "renewals",
            "Renewals of users' tokens at Spotify: renewed, elsewhere (another process did it), ended (the user "
            "has to sign in again), refused (the app is not taken) or failed",
            "outcome",
        )
        self.days_left = self._gauge(
            "sign_in_days_left",
            "Days until Spotify ends the sign-in, as far as is known; with AUTH_MODE=local only",
            "user",
        )
        self.tokens = self._counter(
            "tokens", "Tokens of this gateway's own: issued, refreshed or revoked", "event"
        )
        self.reused = self._counter(
            "tokens_reused", "Codes and refresh tokens that came a second time, as stolen ones do", "what"
        )
        self.credentials_refused = self._counter(
            "credentials_refused", "Requests without a credential that is good at the door", "door", "reason"
        )
        self.vault_errors = self._counter("vault_errors", "Failures to read or write what is kept of identity")
        self._watched = {name: self._gauge(name, about) for name, about in WATCHED.items()}
        self.mcp_sessions = self._gauge("mcp_sessions", "MCP sessions")
        self.mcp_sessions_revived = self._counter(
            "mcp_sessions_revived", "MCP sessions that another process opened and that went on in this one"
        )
        self.mcp_sessions_shared = self._gauge(
            "mcp_sessions_shared", "1 while other processes can take over MCP sessions; 0 also without Redis"
        )

    def watch(self, name: str, read: Callable[[], float]) -> None:
        """Let the gauge `name` of `WATCHED` read its value when somebody asks."""
        self._watched[name].set_function(read)

    def mount(self, app: web.Application) -> None:
        """Attach `/metrics`, for this machine alone: it tells who has been busy with what."""
        app.router.add_get("/metrics", self._expose)

    async def _expose(self, request: web.Request) -> web.Response:
        if not is_nearby(request):
            raise web.HTTPForbidden(text="The metrics are for this machine; ask at http://127.0.0.1 and its port")
        return web.Response(
            body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(self._named(name, labels), about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(self._named(name, labels), about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(self._named(name, labels), about, labels, buckets=buckets, registry=self.registry)

    def _named(self, name: str, labels: tuple[str, ...]) -> str:
        # Kept here, for the library does not tell the labels of what it made.
        self.labels[f"fermata_{name}"] = labels
        return f"fermata_{name}"
