"""Turns what the packages tell into metrics and log events; nothing here can change what they do."""

import logging
from typing import Final

import structlog
from aiohttp import hdrs

from cache import Renewal, Result
from cache.shared import observer as shared_observer
from limiter import LimitKey, Outcome, Priority, Reason
from ops.metrics import Metrics
from tools import observer as tools_observer
from tools.transport.observer import Wire

_METHODS: Final = frozenset(hdrs.METH_ALL)

_log = structlog.stdlib.get_logger("fermata")
_level = logging.getLogger("fermata")
"""Asked before a line that every request would write: structlog takes 6 us to find out that nobody wants it."""


class LimiterEvents:
    """Hears the limiter."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def permitted(self, key: LimitKey, priority: Priority, *, waited_s: float) -> None:
        """Count a grant and its wait."""
        label = priority.name.lower()
        self._metrics.permits.labels(label).inc()
        self._metrics.waits.labels(label).observe(waited_s)

    def refused(self, key: LimitKey, priority: Priority, *, reason: Reason) -> None:
        """Count a refusal; a line for each would flood the log just when it matters."""
        self._metrics.refusals.labels(reason).inc()
        _log.debug("limiter.refused", family=key.family, priority=priority.name.lower(), reason=reason)

    def settled(self, key: LimitKey, outcome: Outcome) -> None:
        """Count how a permit ended."""
        self._metrics.permit_outcomes.labels(outcome).inc()

    def paused(self, key: LimitKey, retry_after_s: float, *, quota: bool) -> None:
        """Count a pause and say so loudly: it is what this program exists to avoid."""
        scope = "family" if quota else "client_id"
        self._metrics.pauses.labels(scope).inc()
        _log.warning("limiter.paused", scope=scope, family=key.family, seconds=round(retry_after_s, 1))

    def resumed(self, key: LimitKey) -> None:
        """Say that calls leave again."""
        _log.info("limiter.resumed", family=key.family)

    def overdrawn(self, key: LimitKey, limit: int) -> None:
        """Warn that Spotify may soon say that the day quota is spent."""
        self._metrics.overdrawn.labels(key.family).inc()
        _log.warning("limiter.day_overdrawn", family=key.family, limit=limit, setting="QUOTA_CALLS_PER_DAY")


class InboundEvents:
    """Hears of callers who send too fast."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def turned_away(self) -> None:
        """Count a refusal."""
        self._metrics.inbound_refused.inc()


class CacheEvents:
    """Hears the cache."""

    def __init__(self, metrics: Metrics) -> None:
        self._lookups = metrics.tally.count(metrics.cache_lookups)
        self._metrics = metrics

    def looked_up(self, label: str, result: Result) -> None:
        """Count a look-up."""
        self._lookups.add(label, result)

    def renewed(self, label: str, outcome: Renewal) -> None:
        """Count a renewal."""
        self._metrics.cache_renewals.labels(label, outcome).inc()

    def filled(self, label: str) -> None:
        """Count an entry that cost no call."""
        self._metrics.cache_filled.labels(label).inc()


class SharedCacheEvents:
    """Hears what passes between this process and the Redis of the shared cache."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._missed = False

    def batch_sent(
        self, kind: shared_observer.Kind, size: int, *, outcome: shared_observer.Outcome, seconds: float
    ) -> None:
        """Count a round trip and what it carried."""
        self._metrics.cache_shared_batches.labels(kind, outcome).inc()
        self._metrics.cache_shared_commands.labels(kind).inc(size)
        self._metrics.cache_shared_seconds.labels(kind).observe(seconds)

    def listening(self, mode: shared_observer.Mode) -> None:
        """Say that changes are heard."""
        self._missed = False
        self._metrics.cache_shared_connected.set(1)
        _log.info("cache.listening", mode=mode)

    def lost(self, reason: str) -> None:
        """Warn that the shared cache cannot be used; every failed attempt to connect again says so once more."""
        self._metrics.cache_shared_connected.set(0)
        if not self._missed:
            _log.warning("cache.lost", reason=reason)
        self._missed = True

    def invalidated(self, change: shared_observer.Change, count: int) -> None:
        """Count what was heard."""
        self._metrics.cache_invalidations.labels(change).inc(count)


class GatewayEvents:
    """Hears the pipeline and the HTTP side."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._requests = metrics.tally.count(metrics.http_requests)
        self._seconds = metrics.tally.spread(metrics.http_seconds)

    def upstream_called(self, endpoint: str, outcome: str, seconds: float) -> None:
        """Count an exchange; what went wrong is worth a line."""
        self._metrics.upstream_calls.labels(endpoint, outcome).inc()
        self._metrics.upstream_seconds.labels(endpoint).observe(seconds)
        # 304 is what becomes of most questions whether a playlist has changed.
        if not outcome.startswith("2") and outcome != "304":
            _log.info("upstream.unusual", endpoint=endpoint, outcome=outcome, ms=round(seconds * 1000, 1))

    def retried(self, endpoint: str) -> None:
        """Count a repetition."""
        self._metrics.upstream_retries.labels(endpoint).inc()

    def served(self, request_id: str, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; the line carries the id that the caller got."""
        # Any text may come as a method, and each new label value costs memory for ever.
        method = method if method in _METHODS else "OTHER"
        self._requests.add(route, method, str(status))
        self._seconds.add(route, seconds)
        if _level.isEnabledFor(logging.DEBUG):
            _log.debug(
                "http.served",
                request_id=request_id,
                route=route,
                method=method,
                status=status,
                ms=round(seconds * 1000, 2),
            )

    def crashed(self, request_id: str, error: Exception) -> None:
        """Log the stack; the caller was told the id only."""
        _log.error("http.crashed", request_id=request_id, exc_info=error)


class ToolEvents:
    """Hears the tools."""

    def __init__(self, metrics: Metrics) -> None:
        self._calls = metrics.tally.count(metrics.tool_calls)
        self._seconds = metrics.tally.spread(metrics.tool_seconds)

    def called(self, tool: str, outcome: tools_observer.Outcome, seconds: float) -> None:
        """Count a tool call."""
        self._calls.add(tool, outcome)
        self._seconds.add(tool, seconds)

    def crashed(self, tool: str, error: Exception) -> None:
        """Log the stack; the agent was told that there is one."""
        _log.error("tool.crashed", tool=tool, exc_info=error)


class TransportEvents:
    """Hears the MCP wires."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._requests = metrics.tally.count(metrics.mcp_requests)

    def request(self, wire: Wire, method: str, status: int, seconds: float) -> None:
        """Count a message."""
        self._requests.add(wire, method, str(status))

    def sessions(self, count: int) -> None:
        """Show the number of sessions."""
        self._metrics.mcp_sessions.set(count)

    def session_revived(self) -> None:
        """Count a session that came from another process."""
        self._metrics.mcp_sessions_revived.inc()

    def sharing(self, *, on: bool) -> None:
        """Show whether sessions are shared; without, each process serves its own."""
        self._metrics.mcp_sessions_shared.set(on)
        _log.info("mcp.sharing", on=on)

    def stream_opened(self, wire: Wire) -> None:
        """Count an open stream."""
        self._metrics.mcp_streams.labels(wire).inc()

    def stream_closed(self, wire: Wire) -> None:
        """Count a stream less."""
        self._metrics.mcp_streams.labels(wire).dec()
