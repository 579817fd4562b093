"""The simulation: the same figures for the same seed, and ours does not trip an exact upstream."""

import sys

import pytest

from benchmarks.loop import run
from benchmarks.scenarios import OURS, Setting, banned, bulk
from benchmarks.sim import Case, Job, play


def test_a_seed_decides_everything() -> None:
    assert run(bulk(OURS, Setting(calls=30, seed=3))) == run(bulk(OURS, Setting(calls=30, seed=3)))


def test_ours_uses_the_window_and_never_more() -> None:
    figures = run(bulk(OURS, Setting(calls=30)))
    assert figures["refused"] == 0
    assert figures["used"] > 0.9


def test_ours_sends_one_call_into_a_ban_and_comes_back() -> None:
    figures = run(banned(OURS, Setting()))
    assert figures["told"] == 1
    assert figures["back"] < 200


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiolimiter", None)
    assert play(Job("aiolimiter", Case("bulk", "bulk"), seed=1)) == "aiolimiter"
