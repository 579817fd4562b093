"""The traces have the shape that their names promise, and the same one every time."""

from collections import Counter

import pytest

from benchmarks.traces import TRACES, crawled_in_bursts, crawled_once, permuted, zipf

SMALL = {"keys": 100, "requests": 5_000}


@pytest.mark.parametrize("name", ["Zipf .8", "+ 30 % one-off crawl", "permuted every 50,000"])
def test_a_trace_is_the_same_every_time(name: str) -> None:
    assert TRACES[name]() == TRACES[name]()


def test_a_popular_key_is_asked_for_in_proportion_to_its_rank() -> None:
    asked = Counter(zipf(1.0, keys=100, requests=50_000))
    assert asked[0] / asked[9] == pytest.approx(10, rel=0.25)
    assert set(asked) <= set(range(100))


def test_a_one_off_crawl_never_repeats_itself_and_takes_its_share_from_everybody() -> None:
    trace = zipf(1.0, **SMALL)
    crawled = crawled_once(trace, share=0.3)
    assert len(crawled) == len(trace)
    once = [key for key in crawled if key >= 20_000]
    assert len(set(once)) == len(once)
    assert len(once) / len(trace) == pytest.approx(0.3, abs=0.03)
    assert crawled.count(0) / trace.count(0) == pytest.approx(0.7, abs=0.1)


def test_bursts_read_the_same_keys_in_one_go_each_time() -> None:
    trace = zipf(1.0, **SMALL)
    crawled = crawled_in_bursts(trace, burst=50, bursts=5)
    assert len(crawled) == len(trace)
    for burst in range(5):
        assert crawled[burst * 1000 + 950 : burst * 1000 + 1000] == list(range(20_000, 20_050))
        assert max(crawled[burst * 1000 : burst * 1000 + 950]) < 100


def test_a_permutation_changes_who_is_popular_and_not_how_popular() -> None:
    trace = zipf(1.0, **SMALL)
    dealt = permuted(trace, after=1_000)
    assert dealt[:1_000] == trace[:1_000]
    for start in range(0, 5_000, 1_000):
        before, after = Counter(trace[start : start + 1_000]), Counter(dealt[start : start + 1_000])
        assert sorted(before.values()) == sorted(after.values())
    assert (
        len({Counter(dealt[start : start + 1_000]).most_common(1)[0][0] for start in range(0, 5_000, 1_000)}) > 1
    )
