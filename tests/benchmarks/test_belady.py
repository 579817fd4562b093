"""The offline optimum is what trying every choice finds."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.belady import best_hits


def most_hits(trace: tuple[str, ...], size: int) -> int:
    """The optimum by trying every choice, that of keeping nothing included."""

    @cache
    def after(at: int, held: frozenset[str]) -> int:
        if at == len(trace):
            return 0
        key = trace[at]
        if key in held:
            return 1 + after(at + 1, held)
        kept = {held | {key}} if len(held) < size else {(held - {old}) | {key} for old in held}
        return max(after(at + 1, frozenset(choice)) for choice in {held, *kept})

    return after(0, frozenset())


@given(st.lists(st.sampled_from("abcde"), max_size=12), st.integers(0, 4))
def test_no_choice_finds_more(trace: list[str], size: int) -> None:
    assert best_hits(trace, size) == most_hits(tuple(trace), size)


def test_a_cache_for_everything_misses_each_key_once() -> None:
    assert best_hits("abcabcabc", 3) == 6
