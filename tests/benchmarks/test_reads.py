"""The reads of the benchmark: the same ones for every setting, and what is warmed costs nothing."""

from dataclasses import replace

from benchmarks.batching import play
from benchmarks.reads import Reads
from gateway.client import SpotifyClient
from gateway.endpoint import Profile
from gateway.principal import LOCAL

SHORT = Reads(lasting_s=5.0, tracks=40)
MANY = replace(SHORT, tracks=10_000)


def test_a_seed_decides_everything() -> None:
    assert play(SHORT) == play(SHORT)


def test_the_same_reads_are_asked_for_whatever_becomes_of_them() -> None:
    figures = [play(replace(MANY, batches=batches)) for batches in (True, False)]
    assert figures[0]["asked"] == figures[1]["asked"]
    assert figures[0]["calls"] < figures[1]["calls"]
    assert figures[0]["refused"] == figures[1]["refused"] == 0


def test_what_was_warmed_costs_no_call() -> None:
    async def warm(client: SpotifyClient) -> None:
        ids = [f"{track:022}" for track in range(SHORT.tracks)]
        await client.call("get-several-tracks", [("ids", ids)], principal=LOCAL)

    figures = play(replace(SHORT, profile=Profile.DEVELOPMENT), warm=warm)
    assert (figures["served"], figures["calls"]) == (1.0, 0)
