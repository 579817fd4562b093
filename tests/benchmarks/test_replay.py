"""Replays: everybody counts alike, nobody beats the optimum, who is missing is named."""

import sys

import pytest

from benchmarks.belady import best_hits
from benchmarks.cache_peers import LRU, OUR_LRU, REPLAYED, S3FIFO
from benchmarks.replay import Job, hits, play
from benchmarks.traces import crawled_once, zipf

TRACE = crawled_once(zipf(1.0, keys=500, requests=10_000))
OWN = [S3FIFO, OUR_LRU, LRU]


@pytest.mark.parametrize("subject", OWN)
def test_a_cache_for_everything_misses_each_key_once(subject: str) -> None:
    assert hits(subject, TRACE, 20_000) == len(TRACE) - len(set(TRACE))


def test_ours_lies_between_lru_and_the_optimum() -> None:
    found = {subject: hits(subject, TRACE, 25) for subject in OWN}
    assert found[OUR_LRU] == found[LRU] < found[S3FIFO] < best_hits(TRACE, 25)


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "theine", None)
    assert "theine" in REPLAYED
    assert play(Job("Zipf 1.0", "theine")) == "theine"
