"""The simulated upstream: each variant refuses exactly what it says, and names a wait that is enough."""

import pytest

from benchmarks.server import OK, THROTTLED, Answer, Ban, Cells, Log, Rule, Server


def statuses(server: Server, *times: float) -> list[int]:
    return [server.arrive(at).status for at in times]


def test_a_log_serves_again_one_window_after_each_call() -> None:
    server = Server(Log(2, 30))
    assert statuses(server, 0, 10, 29.9, 30, 39.9, 40) == [OK, OK, THROTTLED, OK, THROTTLED, OK]


def test_a_harsh_log_counts_the_calls_that_it_refuses() -> None:
    server = Server(Log(2, 30, harsh=True))
    assert statuses(server, 0, 10, 20, 39, 70) == [OK, OK, THROTTLED, THROTTLED, OK]


def test_cells_count_a_call_until_all_of_its_second_has_left_the_window() -> None:
    server = Server(Cells(1, 30))
    assert statuses(server, 0.1, 30.2, 30.9, 31.0) == [OK, THROTTLED, THROTTLED, OK]


@pytest.mark.parametrize("rule", [Log(1, 30), Log(1, 30, harsh=True), Cells(1, 30)], ids=["log", "harsh", "cells"])
def test_the_retry_after_is_enough(rule: Rule) -> None:
    server = Server(rule)
    server.arrive(0.5)
    refusal = server.arrive(3.25)
    assert refusal.status == THROTTLED
    assert server.arrive(3.25 + refusal.retry_after_s) == Answer(OK)


def test_every_call_in_a_ban_prolongs_it() -> None:
    server = Server(Ban(at=100, first_s=60, step_s=10))
    assert server.arrive(99) == Answer(OK)
    assert server.arrive(100) == Answer(THROTTLED, 70)
    assert server.arrive(169) == Answer(THROTTLED, 11)
    assert server.arrive(180) == Answer(OK)


def test_the_records_tell_served_from_refused() -> None:
    server = Server(Log(2, 30))
    statuses(server, 0, 1, 2, 31)
    assert server.served == [0, 1, 31]
    assert server.refused == [2]
    assert server.served_between(1, 31) == 1
