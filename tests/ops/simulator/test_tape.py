"""The order of a playlist is that of a plain list under any writes, and snapshots keep their meaning."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.simulator.answers import ApiError
from ops.simulator.people.tape import REMEMBERED, Entry, Tape


def tape(letters: str) -> Tape:
    return Tape("test", [Entry(letter, "demo", 0.0) for letter in letters])


def order(one: Tape) -> str:
    return "".join(entry.uri for entry in one.entries)


@given(
    size=st.integers(1, 12),
    moves=st.lists(st.tuples(st.integers(0, 12), st.integers(1, 12), st.integers(0, 12)), max_size=8),
)
def test_moving_is_what_a_plain_list_does(size: int, moves: list[tuple[int, int, int]]) -> None:
    model = list("abcdefghijkl"[:size])
    one = tape("".join(model))
    for start, length, before in moves:
        if start + length > size or before > size:
            with pytest.raises(ApiError, match="Index out of bounds"):
                one.move(range(start, start + length), before=before, snapshot_id=None)
            continue
        one.move(range(start, start + length), before=before, snapshot_id=one.snapshot_id)
        span = model[start : start + length]
        if not start <= before < start + length:
            place = before if before <= start else before - length
            rest = model[:start] + model[start + length :]
            model = rest[:place] + span + rest[place:]
        assert order(one) == "".join(model)


@given(
    letters=st.text("abc", max_size=10),
    place=st.integers(0, 10),
    doomed=st.sets(st.sampled_from("abc"), max_size=2),
)
def test_inserting_and_removing_are_what_a_plain_list_does(letters: str, place: int, doomed: set[str]) -> None:
    one = tape(letters)
    if place <= len(letters):
        one.insert([Entry("x", "demo", 0.0)], position=place)
        letters = letters[:place] + "x" + letters[place:]
    one.remove(doomed, snapshot_id=None)
    assert order(one) == "".join(letter for letter in letters if letter not in doomed)


def test_every_write_makes_a_new_snapshot() -> None:
    one, seen = tape("ab"), set()
    writes: list[Any] = [
        one.touch,
        lambda: one.insert([], position=None),
        lambda: one.move(range(1), before=0, snapshot_id=None),
        lambda: one.remove("z", snapshot_id=None),
        lambda: one.remove_at([], snapshot_id=None),
        lambda: one.replace(one.entries),
    ]
    for write in writes:
        seen.add(one.snapshot_id)
        write()
    assert len({*seen, one.snapshot_id}) == len(writes) + 1
    assert order(one) == "ab"


def test_positions_mean_the_snapshot_they_are_given_with() -> None:
    one = tape("abab")
    before = one.snapshot_id
    one.insert([Entry("x", "demo", 0.0)], position=0)
    one.remove_at([("a", 2), ("b", 3)], snapshot_id=before)
    assert order(one) == "xab"
    with pytest.raises(ApiError, match="Could not remove tracks"):
        one.remove_at([("a", 0)], snapshot_id=None)
    assert order(one) == "xab"


def test_a_move_by_an_earlier_snapshot_moves_what_stood_there() -> None:
    one = tape("abcd")
    before = one.snapshot_id
    one.insert([Entry("x", "demo", 0.0)], position=0)
    one.remove("b", snapshot_id=None)
    one.move(range(3), before=4, snapshot_id=before)
    assert order(one) == "xdac"


def test_a_removal_by_an_earlier_snapshot_leaves_what_came_later() -> None:
    one = tape("ab")
    before = one.snapshot_id
    one.insert([Entry("a", "demo", 0.0)], position=None)
    one.remove("a", snapshot_id=before)
    assert order(one) == "ba"


def test_an_unknown_or_forgotten_snapshot_is_refused() -> None:
    one = tape("a")
    first = one.snapshot_id
    for _ in range(REMEMBERED):
        one.touch()
    for snapshot_id in ("nonsense", first):
        with pytest.raises(ApiError, match="Invalid snapshot_id"):
            one.remove("a", snapshot_id=snapshot_id)
    assert order(one) == "a"
