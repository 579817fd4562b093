"""The reads of the benchmark: the same ones for every setting, and what lists showed costs nothing."""

from dataclasses import replace

from benchmarks.batching import play
from benchmarks.reads import Reads
from gateway.endpoint import Profile

SHORT = Reads(lasting_s=5.0, tracks=40)
MANY = replace(SHORT, tracks=10_000)


def test_a_seed_decides_everything() -> None:
    assert play(SHORT) == play(SHORT)


def test_the_same_reads_are_asked_for_whatever_becomes_of_them() -> None:
    figures = [play(replace(MANY, batches=batches)) for batches in (True, False)]
    assert figures[0]["asked"] == figures[1]["asked"]
    assert figures[0]["calls"] < figures[1]["calls"]
    assert figures[0]["refused"] == figures[1]["refused"] == 0


def test_what_lists_showed_costs_no_call_unless_nothing_is_taken_from_them() -> None:
    listed = replace(SHORT, profile=Profile.DEVELOPMENT, pages=1)
    figures = play(listed)
    assert (figures["before"], figures["served"], figures["calls"]) == (1, 1.0, 0)
    assert play(replace(listed, fills=False))["calls"] > 0
