"""What the script of the shared store decides, on a real server and on the stand-in of the other tests alike."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from lease_rig import TERMS, FakeServer, Node, RealServer, Recruit, Server
from limiter.lease.store import StoreKeys

AWAY = TERMS["window"]


@pytest.fixture
def keys() -> StoreKeys:
    return StoreKeys.of(f"acc{{o}}unt {uuid4()}", "client}{id:")


@pytest.fixture(params=["in process", "real server"])
def server(request: pytest.FixtureRequest, keys: StoreKeys) -> Iterator[Server]:
    if request.param == "in process":
        yield FakeServer()
        return
    real = RealServer(request.getfixturevalue("redis_url"), keys.channel)
    yield real
    real.close()


@pytest.fixture
def recruit(server: Server, keys: StoreKeys) -> Recruit:
    return lambda: Node(server, keys)


@pytest.fixture
def node(recruit: Recruit, server: Server) -> Node:
    """A member of a store that is not cold any more."""
    node = recruit()
    node.join()
    server.advance(TERMS["newborn"] + 1)
    node.sync()
    return node


def newcomer(recruit: Recruit) -> Node:
    other = recruit()
    other.join()
    return other


# Grants


def test_a_lone_node_is_granted_all_there_is_and_no_more(node: Node) -> None:
    assert node.sync(urgent=64)["urgent"] == 16
    assert node.sync(urgent=64, in_flight=16)["urgent"] == 0


def test_a_slot_comes_home_when_its_settling_node_said(node: Node, server: Server) -> None:
    node.sync(urgent=16)
    assert node.sync(urgent=10, home=[[AWAY, 4]], in_flight=12)["coming"][0][1] == 4
    server.advance(AWAY // 2)
    assert node.sync(urgent=10, in_flight=12)["urgent"] == 0
    server.advance(AWAY // 2 + 3)
    assert node.sync(urgent=10, in_flight=12)["urgent"] == 4


def test_unspent_slots_go_back_with_the_next_sync(node: Node, recruit: Recruit) -> None:
    other = newcomer(recruit)
    assert node.sync(urgent=16)["urgent"] == 15
    assert other.sync(urgent=16)["urgent"] == 1
    node.sync()
    assert other.sync(urgent=16, in_flight=1)["urgent"] == 14, "all but the other's floor"


def test_a_dead_nodes_slots_come_home_when_nothing_of_it_can_be_under_way(
    node: Node, recruit: Recruit, server: Server
) -> None:
    other = newcomer(recruit)
    node.sync(urgent=12)
    assert other.sync(urgent=16)["urgent"] == 4
    server.advance(TERMS["horizon"] - 100)
    assert other.sync(urgent=16)["urgent"] == 4
    server.advance(110)
    assert other.sync(urgent=16)["urgent"] == 15, "the dead one's floor is withheld until the fence"


def test_a_repeated_question_gets_the_same_answer_and_changes_nothing(node: Node, recruit: Recruit) -> None:
    node.seq += 1
    question = node.question(urgent=3, home=[[AWAY, 2]], calls={"search": 5})
    first = node.ask("sync", question)
    assert node.ask("sync", question) == first
    after = node.sync(in_flight=3)
    assert after["total"] == 5
    assert after["sums"] == {"search": 5}
    assert node.ask("sync", question)["status"] == "stale"
    assert newcomer(recruit).sync()["total"] == 5


def test_while_others_wait_too_a_node_gets_its_share(node: Node, recruit: Recruit, server: Server) -> None:
    other = newcomer(recruit)
    node.sync(urgent=16)
    other.sync(urgent=16)
    node.sync(home=[[1, 15]], urgent=16)
    other.sync(urgent=16, in_flight=1)
    server.advance(5)
    assert 7 <= node.sync(urgent=16)["urgent"] <= 9
    assert 5 <= other.sync(urgent=16, in_flight=1)["urgent"] <= 8


def test_a_limit_changes_by_version_and_the_smaller_wins_a_tie(node: Node) -> None:
    assert node.sync(limit={"calls": 6, "version": 0})["limit"] == {"calls": 6, "version": 0}
    assert node.sync(limit={"calls": 20, "version": 0})["limit"]["calls"] == 6
    assert node.sync(limit={"calls": 20, "version": 1})["limit"]["calls"] == 20
    assert node.sync(limit={"calls": 6, "version": 0})["limit"]["calls"] == 20


# Bulk


def test_bulk_without_a_backlog_takes_what_is_beyond_half_at_once_and_pays_for_it(node: Node) -> None:
    node.sync(limit={"calls": 100, "version": 1})
    first = node.sync(bulk=64)
    assert first["bulk"] == 48
    assert first["tat"] > 100
    assert node.sync(bulk=64, in_flight=48)["bulk"] == 0


def test_bulk_with_a_backlog_is_paced(node: Node, server: Server) -> None:
    node.sync(bulk=1)
    node.sync(wait={"urgent": 0, "bulk": 1})
    used = node.sync(bulk=20)["bulk"]
    assert used == 3
    server.advance(100)
    more = node.sync(bulk=20, in_flight=used)["bulk"]
    assert 3 <= more <= 4, "28 ms apart"


def test_bulk_leaves_the_reserve_and_what_others_wait_for_urgently(node: Node, recruit: Recruit) -> None:
    other = newcomer(recruit)
    node.sync(urgent=12)
    other.sync(wait={"urgent": 1, "bulk": 0})
    assert node.sync(in_flight=12, bulk=9)["bulk"] == 0
    assert other.sync(urgent=4)["urgent"] == 4


def test_an_aged_bulk_caller_may_use_the_reserve(node: Node) -> None:
    node.sync(urgent=14)
    assert node.sync(in_flight=14, bulk=1)["bulk"] == 0
    assert node.sync(in_flight=14, bulk=1, aged=True)["bulk"] == 1


def test_bulk_slots_that_come_back_unused_give_their_time_back(node: Node) -> None:
    assert node.sync(bulk=16)["bulk"] == 6
    assert node.sync(bulk=16, keep=0, unused_bulk=6)["bulk"] == 4


def test_after_a_ramp_began_a_quarter_is_there_and_all_of_it_a_window_later(node: Node, server: Server) -> None:
    assert node.sync(urgent=16, ramp=0)["urgent"] == 4
    server.advance(AWAY // 2)
    assert 10 <= 4 + node.sync(urgent=16, in_flight=4)["urgent"] <= 12
    server.advance(AWAY)
    assert node.sync(urgent=16)["urgent"] == 16


# Members


def test_each_members_floor_is_withheld_from_the_others_until_it_leaves(node: Node, recruit: Recruit) -> None:
    node.sync(limit={"calls": 40, "version": 1})
    other = newcomer(recruit)
    assert other.floor == 2
    node.sync()
    assert node.sync(urgent=40)["urgent"] == 38
    assert other.sync(urgent=40)["urgent"] == 2
    other.seq += 1
    other.ask("leave", other.question(home=[[AWAY, 2]]))
    assert node.sync(in_flight=38, urgent=40)["urgent"] == 0
    assert list(node.members) == [node.name]


def test_a_floor_is_given_only_where_there_is_room(node: Node, recruit: Recruit) -> None:
    node.sync(urgent=16)
    node.sync(in_flight=16)
    assert newcomer(recruit).floor == 0


def test_a_floor_that_grew_smaller_stays_withheld_until_the_node_has_heard_it(
    node: Node, recruit: Recruit
) -> None:
    node.sync(limit={"calls": 40, "version": 1})
    node.sync()
    assert node.floor == 4
    other = newcomer(recruit)
    assert other.sync(urgent=40)["urgent"] == 36
    node.sync()
    assert other.sync(urgent=40, in_flight=36)["urgent"] == 0, "this very answer may be on its way"
    node.sync()
    assert other.sync(urgent=40, in_flight=36)["urgent"] == 2


def test_a_member_that_was_silent_for_a_fence_is_forgotten_and_must_join_again(
    node: Node, recruit: Recruit, server: Server
) -> None:
    other = newcomer(recruit)
    for _ in range(2):
        server.advance((TERMS["fence"] + TERMS["horizon"]) // 2 + 10)
        node.sync()
    assert list(node.sync()["members"]) == [node.name]
    assert other.sync(urgent=1)["status"] == "rejoin"
    assert other.join(urgent=1)["urgent"] == 1


def test_whoever_joins_again_is_counted_once(node: Node) -> None:
    node.sync(urgent=5)
    node.sync(home=[[AWAY, 3]], in_flight=2)
    assert node.join(home=[[AWAY, 3]], in_flight=2)["total"] == 5


def test_whoever_leaves_with_calls_in_flight_leaves_them_counted(node: Node, recruit: Recruit) -> None:
    other = newcomer(recruit)
    node.sync(urgent=5)
    node.seq += 1
    node.ask("leave", node.question(home=[[AWAY, 3]], in_flight=2))
    assert other.sync()["total"] == 5


# Epochs


def test_a_new_store_grants_nothing_until_others_could_have_reported(recruit: Recruit, server: Server) -> None:
    first = recruit()
    reply = first.join(urgent=5)
    assert (reply["urgent"], reply["floor"]) == (0, 0)
    assert 0 < reply["cold"] <= TERMS["newborn"]
    server.advance(TERMS["newborn"] + 1)
    assert first.sync(urgent=5)["urgent"] == 5


def test_a_flushed_store_grants_nothing_until_all_whom_it_knows_of_have_told_what_they_use(
    node: Node, recruit: Recruit, server: Server
) -> None:
    other = newcomer(recruit)
    node.sync(urgent=12)
    other.sync(urgent=2)
    node.sync(in_flight=12)
    server.flush()
    assert node.sync(urgent=1)["status"] == "rejoin"
    reply = node.join(in_flight=12, urgent=1)
    assert (reply["urgent"], reply["floor"], reply["members"]) == (0, 1, {node.name: 1, other.name: 1})
    server.advance(TERMS["newborn"] + 1)
    assert node.sync(in_flight=12, urgent=9)["urgent"] == 0, "the other one has not said what it uses"
    assert other.sync()["status"] == "rejoin"
    assert other.join(home=[[AWAY, 2]])["total"] == 14
    assert node.sync(in_flight=12, urgent=9)["urgent"] == 2


def test_whoever_never_comes_back_after_a_flush_holds_the_others_up_for_one_horizon_and_keeps_its_floor(
    node: Node, recruit: Recruit, server: Server
) -> None:
    newcomer(recruit).sync()
    node.sync()
    server.flush()
    node.sync()
    node.join()
    server.advance(TERMS["horizon"] - 50)
    assert node.sync(urgent=16)["urgent"] == 0
    server.advance(55)
    assert node.sync(urgent=16)["urgent"] == 15


def test_a_store_that_lost_its_latest_writes_starts_over(node: Node, recruit: Recruit) -> None:
    other = newcomer(recruit)
    node.sync(urgent=3)
    node.seq += 1  # answered, but a failover undid it
    assert node.sync(in_flight=3)["status"] == "rejoin"
    assert other.sync(urgent=1)["status"] == "rejoin"


# Pauses


def test_a_pause_is_told_to_all_and_never_shortened(node: Node, recruit: Recruit, server: Server) -> None:
    node.change("pause", scope="client", rest=5000)
    node.change("pause", scope="client", rest=1000)
    reply = newcomer(recruit).sync()
    assert 4000 < reply["pauses"]["client"]["rest"] <= 5000
    assert f"pause {node.name} {node.keys.slots[0]}" in server.published()


def test_only_the_pause_that_was_tried_is_ended(node: Node) -> None:
    first = node.change("pause", scope="client", rest=5)["pause"]["mark"]
    second = node.change("pause", scope="client", rest=1)["pause"]["mark"]
    assert node.change("open", scope="client", mark=first, ramp=False)["done"] == 0
    assert "client" in node.sync()["pauses"]
    assert node.change("open", scope="client", mark=second, ramp=True)["done"] == 1
    assert node.sync()["pauses"] == {}
    assert node.sync(urgent=16)["urgent"] <= 5, "the ramp began with it"


def test_exactly_one_tries_the_end_of_a_pause(node: Node, recruit: Recruit, server: Server) -> None:
    other = recruit()
    node.change("pause", scope="client", rest=30)
    assert node.change("probe", scope="client", timeout=60)["done"] == 0, "it is not over"
    server.advance(35)
    assert node.change("probe", scope="client", timeout=60)["done"] == 1
    assert other.change("probe", scope="client", timeout=60)["done"] == 0
    assert other.change("give_up", scope="client")["done"] == 0
    assert node.change("give_up", scope="client")["done"] == 1
    assert other.change("probe", scope="client", timeout=60)["done"] == 1
    assert node.sync()["pauses"]["client"]["probing"] > 0
    server.advance(65)
    assert node.change("probe", scope="client", timeout=60)["done"] == 1


def test_a_new_pause_sends_its_predecessors_prober_away(node: Node, server: Server) -> None:
    node.change("pause", scope="client", rest=1)
    server.advance(3)
    node.change("probe", scope="client", timeout=1000)
    node.change("pause", scope="client", rest=1)
    server.advance(3)
    assert node.change("probe", scope="client", timeout=1000)["done"] == 1


def test_an_emptied_store_gets_its_pauses_back_and_the_longest_wins(
    node: Node, recruit: Recruit, server: Server
) -> None:
    server.flush()
    node.sync()
    node.join(pauses={"client": 3000, "family": 9000})
    other = recruit()
    other.join(pauses={"client": 7000, "family": 2000})
    told = node.sync()["pauses"]
    assert 6000 < told["client"]["rest"] <= 7000
    assert 8000 < told["family"]["rest"] <= 9000


# The day's calls


def test_calls_of_all_nodes_are_summed_by_family(node: Node, recruit: Recruit) -> None:
    other = newcomer(recruit)
    node.sync(calls={"search": 3, "a:b": 1})
    assert other.sync(calls={"search": 2})["sums"] == {"search": 5, "a:b": 1}


def test_an_emptied_store_gets_the_highest_remembered_sum_back(
    node: Node, recruit: Recruit, server: Server
) -> None:
    server.flush()
    node.sync()
    node.join(sums={"search": 70})
    other = recruit()
    assert other.join(sums={"search": 90}, calls={"search": 1})["sums"] == {"search": 91}


# Pushes


def test_holders_hear_when_somebody_waits_urgently_and_waiters_when_slots_come_back(
    node: Node, recruit: Recruit, server: Server
) -> None:
    other = newcomer(recruit)
    node.sync(urgent=16)
    other.sync(urgent=16)
    node.sync()
    hints = [word.split()[:2] for word in server.published() if not word.startswith("member")]
    assert hints == [["want", other.name], ["room", node.name]]
