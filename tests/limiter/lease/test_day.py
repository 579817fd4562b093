"""The long rules of the script, on the clock of the stand-in."""

from lease_rig import FakeServer, Node
from limiter.lease.store import StoreKeys

FIVE_MINUTES = 300_000
DAY = 288 * FIVE_MINUTES


def test_a_call_is_in_the_days_sum_for_a_day_and_at_most_one_cell_longer() -> None:
    server = FakeServer()
    node = Node(server, StoreKeys.of("a", "c"))
    node.join(calls={"search": 1})
    server.advance(DAY // 2)
    node.join(calls={"search": 1})
    server.advance(DAY // 2 - 1)
    assert node.join()["sums"] == {"search": 2}
    server.advance(FIVE_MINUTES + 1)
    assert node.join()["sums"] == {"search": 1}
    server.advance(DAY // 2)
    assert node.join()["sums"] == {}


def test_a_pause_that_nobody_tried_to_end_is_forgotten_long_after_it() -> None:
    server = FakeServer()
    node = Node(server, StoreKeys.of("a", "c"))
    node.join()
    node.change("pause", scope="client", rest=1000)
    server.advance(60_000)
    assert node.join()["pauses"]["client"]["rest"] == 0
    server.advance(600_000)
    assert node.join()["pauses"] == {}
