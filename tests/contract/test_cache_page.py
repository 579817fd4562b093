"""The page about the cache says how long each kind of answer is kept, and how to ask for its figures."""

import re
from pathlib import Path

import pytest

from cache import CacheConfig, CachePolicy
from gateway.catalogue import CATALOGUE
from ops.metrics import Metrics

PAGE = (Path(__file__).parents[2] / "docs" / "cache.md").read_text(encoding="utf-8")
UNITS = {"s": 1, "min": 60, "h": 3600}

ROWS = {
    "what never changes": (
        "get-an-albums-tracks",
        "get-audio-features",
        "get-audio-analysis",
        "get-available-markets",
    ),
    "albums, artists": (
        "get-an-album",
        "get-track",
        "get-multiple-episodes",
        "get-categories",
        "get-users-profile",
    ),
    "search": ("search", "get-new-releases", "get-recommendations", "get-a-shows-episodes"),
    "playlists": ("get-playlist", "get-playlists-items", "get-playlist-cover", "get-list-users-playlists"),
    "library": ("get-users-saved-tracks", "get-followed", "get-recently-played"),
    "the user's profile": ("get-current-users-profile",),
    "the user's top": ("get-users-top-artists-and-tracks",),
    "the player": ("get-queue", "get-information-about-the-users-current-playback"),
}
"""How each row begins, with reads that it speaks of."""


def row(start: str) -> tuple[float, float, float]:
    """Return the spans of one row in seconds; an empty cell is none."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {start}")]
    fresh, stale, error = [cell.strip() for cell in line.strip("|").split("|")][1:]
    return seconds(fresh), seconds(stale), seconds(error)


def seconds(cell: str) -> float:
    found = re.fullmatch(r"(\d+) (s|min|h)", cell)
    assert found or cell in {"", "not kept"}, cell
    return float(found[1]) * UNITS[found[2]] if found else 0.0


def spans(policy: CachePolicy) -> tuple[float, float, float]:
    return policy.ttl_s, policy.stale_s, policy.error_s


@pytest.mark.parametrize("start", ROWS)
def test_each_row_of_the_page_is_what_the_catalogue_says(start: str) -> None:
    for endpoint in ROWS[start]:
        assert spans(CATALOGUE[endpoint].cache) == row(start), endpoint


def test_every_read_keeps_to_some_row() -> None:
    rows = {row(start) for start in ROWS}
    assert {spans(entry.cache) for entry in CATALOGUE.values() if entry.method == "GET"} == rows


def test_what_is_kept_of_refusals_is_what_the_page_says() -> None:
    missing, forbidden = row('"there is no such thing" (404)')[0], row('"this user may not" (403)')[0]
    for entry in CATALOGUE.values():
        if entry.method == "GET":
            live, own = not entry.cache.keeps, entry.cache.ttl_s == row("library")[0]
            assert entry.cache.missing_ttl_s == (0 if live or own else missing), entry.id
            assert entry.cache.forbidden_ttl_s == (0 if live else forbidden), entry.id


def test_the_share_that_is_taken_off_at_random_is_the_one_on_the_page() -> None:
    assert "shortened by up to a tenth at random" in PAGE
    assert CacheConfig().ttl_jitter == 0.1


def test_the_examples_ask_for_metrics_and_labels_that_there_are() -> None:
    labels = Metrics().labels
    asked = re.findall(
        r"(fermata_\w+?)_total(?:\{(\w+)!?=)?", "".join(re.findall(r"```promql.*?```", PAGE, re.DOTALL))
    )
    assert asked
    for name, label in asked:
        assert not label or label in labels[name]
