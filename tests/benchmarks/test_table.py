"""The report: numbers readable, columns straight, goals judged on what they are about."""

from math import inf, isnan, nan

import pytest

from benchmarks.table import Table, goal_table, judge, shown


@pytest.mark.parametrize(
    ("cell", "text"),
    [("name", "name"), (nan, "-"), (inf, "never"), (3.0, "3"), (0.12345, "0.123"), (12345.6, "12346")],
)
def test_cells_are_short(cell: str | float, text: str) -> None:
    assert shown(cell) == text


def test_names_stand_left_and_numbers_right() -> None:
    lines = Table("t", ["subject", "ns"], [["a", 5], ["2 words", 1234]]).text().splitlines()
    assert lines[3:] == ["a           5", "2 words  1234"]


def test_a_goal_names_the_best_peer_in_its_own_sense() -> None:
    lowest = judge("q", 1.0, {"a": 3.0, "b": 2.0, "c": nan}, goal=("<=", 1), limit="0")
    highest = judge("q", 1.0, {"a": 3.0, "b": 2.0, "c": nan}, goal=(">=", 2), limit="5")
    assert (lowest.peer_name, lowest.peer, lowest.passed) == ("b", 2.0, True)
    assert (highest.peer_name, highest.peer, highest.passed) == ("a", 3.0, False)
    assert lowest.ratio == 0.5


def test_a_goal_may_be_about_the_ratio_to_one_peer() -> None:
    goal = judge("q", 9.0, {"base": 30.0, "better": 10.0}, goal=("<=", 1 / 3), limit="0", ratio=(0.3, "base"))
    assert goal.passed
    assert goal.goal == "<= 0.333 x base"
    assert goal.peer_name == "better"


def test_what_was_not_measured_is_no_pass() -> None:
    goal = judge("q", nan, {}, goal=("<=", 1), limit="0")
    assert not goal.passed
    assert goal.peer_name == "none"
    assert isnan(goal.ratio)
    assert "FAIL" in goal_table([goal]).text()
