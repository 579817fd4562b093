"""What is worth a line in the log, and what is not."""

from typing import Any

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from ops.docs import PAGES
from ops.events import GatewayEvents, SharedCacheEvents
from ops.metrics import Metrics


def named(lines: list[Any], event: str, level: str) -> int:
    return sum(line["event"] == event and line["log_level"] == level for line in lines)


@pytest.mark.parametrize(("outcome", "lines"), [("200", 0), ("204", 0), ("304", 0), ("404", 1), ("lost", 1)])
def test_only_what_went_wrong_with_spotify_is_worth_a_line(outcome: str, lines: int) -> None:
    with capture_logs() as log:
        GatewayEvents(Metrics()).upstream_called("get-playlist", outcome, 0.1)
    assert named(log, "upstream.unusual", "info") == lines


def test_a_redis_that_stays_away_is_warned_of_once_and_its_return_told() -> None:
    events = SharedCacheEvents(Metrics())
    with capture_logs() as log:
        events.listening("tracking")
        for _ in range(5):
            events.lost("TimeoutError")
        events.listening("tracking")
        events.lost("ConnectionError")
    assert named(log, "cache.lost", "warning") == 2
    assert named(log, "cache.listening", "info") == 2


def test_a_redis_that_was_never_there_is_warned_of_once_too() -> None:
    events = SharedCacheEvents(Metrics())
    with capture_logs() as log:
        events.lost("ConnectionError")
        events.lost("ConnectionError")
    assert named(log, "cache.lost", "warning") == 1


def test_the_page_of_metrics_names_what_a_query_finds() -> None:
    metrics, page = Metrics(), PAGES["metrics.md"]()
    metrics.cache_lookups.labels("search", "hit").inc()
    metrics.watch("cache_bytes", lambda: 1.0)
    names = {line.split("{")[0].split(" ")[0] for line in generate_latest(metrics.registry).decode().splitlines()}
    assert {"fermata_cache_lookups_total", "fermata_cache_bytes"} <= names
    assert "| `fermata_cache_lookups_total` | counter | `endpoint`, `result` |" in page
    assert "| `fermata_cache_bytes` | gauge |" in page
