"""What one process does with its leases, asked step by step; the store is the real script, in process."""

import pytest

from lease_rig import FakeServer
from limiter import LimiterConfig
from limiter.lease.config import LeaseConfig
from limiter.lease.messages import LeaseReply
from limiter.lease.slots import LeasedSlots
from limiter.lease.store import Push, StoreKeys

WINDOW = LimiterConfig(calls=20, window_s=10.0, guard_s=0.05, abort_guard_s=1.0)
LEASE = LeaseConfig(call_timeout_s=2.0, floor_share=0.25)
KEYS = StoreKeys.of("account", "client")


class Desk:
    """A store, and the processes that walk up to it."""

    def __init__(self) -> None:
        self.server = FakeServer()
        self.now = 0.0

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self.server.advance(round(seconds * 1000))

    def slots(self, name: str, lease: LeaseConfig = LEASE) -> LeasedSlots:
        return LeasedSlots(WINDOW, lease, node=name, clock=lambda: self.now)

    def ask(self, slots: LeasedSlots) -> str:
        answer = self.server.run(KEYS, "sync", slots.question(self.now))
        assert isinstance(answer, str)
        return answer

    def sync(self, slots: LeasedSlots, *, takes: float = 0.0) -> None:
        answer = self.ask(slots)
        self.pass_by(takes)
        slots.heard(LeaseReply.parse(answer), self.now)

    def member(self, name: str, lease: LeaseConfig = LEASE) -> LeasedSlots:
        slots = self.slots(name, lease)
        self.sync(slots)
        self.pass_by(0.6)
        self.sync(slots)
        return slots

    def total(self) -> int:
        return self.server.total(KEYS)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def alone(desk: Desk) -> LeasedSlots:
    return desk.member("one")


CLOSED = LeaseConfig(call_timeout_s=2.0, outage_mode="closed")


def test_urgent_callers_use_bulk_slots_and_never_the_other_way_round(desk: Desk) -> None:
    slots = desk.member("one", CLOSED)
    slots.demand(desk.now, urgent=1, bulk=1)
    desk.sync(slots)
    assert slots.free == 2
    assert slots.take(desk.now)
    assert slots.take(desk.now)
    slots.void(bulk=False)
    assert not slots.take_bulk(desk.now, backlog=False)
    assert slots.take(desk.now)


def test_a_slot_of_a_lease_that_ran_out_is_not_spent_even_if_nobody_noticed(desk: Desk) -> None:
    slots = desk.member("one", CLOSED)
    slots.demand(desk.now, urgent=3, bulk=0)
    desk.sync(slots, takes=0.1)
    desk.pass_by(0.14)
    assert slots.take(desk.now)
    desk.pass_by(0.02)
    assert not slots.take(desk.now), "it is counted from before the question was sent"
    assert slots.free == 0


def test_unspent_slots_are_asked_back_by_the_next_sync_half_a_lease_later(desk: Desk, alone: LeasedSlots) -> None:
    alone.demand(desk.now, urgent=4, bulk=0)
    desk.sync(alone)
    alone.demand(desk.now, urgent=0, bulk=0)
    assert alone.sync_at(desk.now) == pytest.approx(desk.now + LEASE.ttl_s / 2)
    assert desk.total() == 4
    desk.sync(alone)
    assert desk.total() == 0


def test_what_was_used_lately_is_held_ready_until_others_wait(desk: Desk, alone: LeasedSlots) -> None:
    alone.demand(desk.now, urgent=3, bulk=0)
    desk.sync(alone)
    assert all(alone.take(desk.now) for _ in range(3))
    alone.demand(desk.now, urgent=0, bulk=0)
    desk.pass_by(0.1)
    desk.sync(alone)
    assert alone.free == 3
    other = desk.slots("other")
    other.demand(desk.now, urgent=20, bulk=0)
    desk.sync(other)
    given = other.free
    desk.sync(alone)
    desk.sync(alone)
    assert alone._held.free(desk.now) == 0  # noqa: SLF001
    assert desk.total() == 3 + given


def test_a_question_without_an_answer_is_asked_again_word_for_word_and_done_once(
    desk: Desk, alone: LeasedSlots
) -> None:
    alone.demand(desk.now, urgent=2, bulk=0)
    asked_at = desk.now
    desk.ask(alone)
    assert desk.total() == 2
    alone.demand(desk.now, urgent=9, bulk=0)
    desk.pass_by(0.2)
    desk.sync(alone)
    assert desk.total() == 2
    assert desk.now == asked_at + 0.2
    assert alone.take(desk.now)
    desk.pass_by(0.06)
    assert not alone._held.free(desk.now), "the lease began when it was first asked for"  # noqa: SLF001


def test_what_settles_comes_home_a_window_after_the_answer_and_what_is_lost_later(
    desk: Desk, alone: LeasedSlots
) -> None:
    alone.demand(desk.now, urgent=2, bulk=0)
    desk.sync(alone)
    assert alone.take(desk.now)
    assert alone.take(desk.now)
    assert alone.in_flight == 2
    alone.settle(desk.now)
    alone.lose(desk.now)
    alone.demand(desk.now, urgent=0, bulk=0)
    desk.pass_by(0.3)
    desk.sync(alone)
    assert (alone.in_flight, desk.total()) == (0, 2)
    for seconds, left in ((9.7, 2), (0.1, 1), (0.8, 1), (0.2, 0)):
        desk.pass_by(seconds)
        desk.sync(alone)
        assert desk.total() == left


def test_a_call_that_was_never_sent_passes_its_slot_on(desk: Desk, alone: LeasedSlots) -> None:
    alone.demand(desk.now, urgent=1, bulk=0)
    desk.sync(alone)
    before = alone.free
    assert alone.take(desk.now)
    alone.void(bulk=False)
    assert alone.free == before


def test_slots_taken_alone_use_up_what_the_answer_brings(desk: Desk, alone: LeasedSlots) -> None:
    alone.demand(desk.now, urgent=5, bulk=0)
    answer = desk.ask(alone)
    assert [alone.take(desk.now) for _ in range(6)] == [True] * 5 + [False], "its floor"
    alone.heard(LeaseReply.parse(answer), desk.now)
    assert not alone._held.free(desk.now)  # noqa: SLF001
    assert desk.total() == 5


def test_a_process_that_the_store_does_not_know_tells_everything_it_has(desk: Desk, alone: LeasedSlots) -> None:
    alone.demand(desk.now, urgent=3, bulk=0)
    desk.sync(alone)
    assert all(alone.take(desk.now) for _ in range(3))
    alone.settle(desk.now)
    alone.called("search")
    desk.sync(alone)
    alone.settle(desk.now)
    desk.server.flush()
    desk.sync(alone)
    assert alone.sync_at(desk.now) <= desk.now + 0.01
    desk.sync(alone)
    assert desk.total() == 3
    assert alone.sums == {"search": 1}


def test_a_process_that_never_reached_the_store_sends_nothing(desk: Desk) -> None:
    for mode in ("floor", "freeze", "closed"):
        slots = desk.slots("new", LeaseConfig(outage_mode=mode))
        slots.question(0.0)
        slots.missed(0.0)
        assert not slots.take(100.0)
        assert not slots.take_bulk(100.0, backlog=False)
        assert not slots.reachable


def test_a_limit_is_proposed_to_all_and_the_newest_holds(desk: Desk, alone: LeasedSlots) -> None:
    other = desk.member("other")
    alone.resize(7)
    desk.sync(alone)
    assert alone.limit == 7
    desk.sync(other)
    assert other.limit == 7
    other.resize(30)
    desk.sync(other)
    desk.sync(alone)
    assert alone.limit == 30
    with pytest.raises(ValueError, match="at least one slot"):
        alone.resize(0)


def test_after_a_pause_everybody_starts_at_a_quarter(desk: Desk, alone: LeasedSlots) -> None:
    other = desk.member("other")
    alone.ramp(desk.now)
    desk.sync(alone)
    other.demand(desk.now, urgent=20, bulk=0)
    desk.sync(other)
    assert 0 < other.free <= 5
    desk.pass_by(11)
    desk.sync(other)
    assert other.free >= 15


def test_hints_make_those_sync_who_can_do_something_about_it(desk: Desk, alone: LeasedSlots) -> None:
    calm = alone.sync_at(desk.now)

    def urged(word: str, node: str = "other", *, here: bool = True) -> bool:
        alone.pushed(Push(word, node, here), desk.now)
        return alone.sync_at(desk.now) < calm

    assert not urged("want")
    assert not urged("room")
    assert not urged("pause", "one"), "its own word"
    assert not urged("pause", here=False)
    assert urged("pause")


def test_predictions_follow_the_returns_of_all(desk: Desk, alone: LeasedSlots) -> None:
    other = desk.member("other")
    other.demand(desk.now, urgent=20, bulk=0)
    desk.sync(other)
    used = sum(other.take(desk.now) for _ in range(20))
    for _ in range(used):
        other.settle(desk.now)
    settled = desk.now
    other.demand(desk.now, urgent=0, bulk=0)
    desk.sync(other)
    desk.sync(alone)
    room = 20 - used
    assert alone.urgent_at(room, desk.now) == desk.now
    assert alone.urgent_at(room + 1, desk.now) == pytest.approx(settled + 10.05, abs=0.05)
    assert alone.urgent_at(room + 20, desk.now) == pytest.approx(settled + 10.05, abs=0.05)
    assert alone.urgent_at(room + 21, desk.now) >= settled + 20
    assert alone.bulk_at(1, desk.now, ahead=room) >= settled + 10.05


def test_after_a_pause_the_prober_goes_first_and_the_others_with_the_ramp(desk: Desk, alone: LeasedSlots) -> None:
    resumes = desk.now + 5
    rehearsal = alone.rehearsal(desk.now, resumes, probe=True, ramp=True)
    assert rehearsal.urgent_at(0, resumes) == resumes
    assert rehearsal.urgent_at(1, resumes) == pytest.approx(resumes, abs=0.7)
    times = [rehearsal.urgent_at(nth, resumes) for nth in range(1, 20)]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(resumes + 10, abs=1.5)
    assert alone.urgent_at(1, desk.now) == desk.now, "the original is as it was"


def test_the_wait_that_only_the_store_can_end_has_no_time(desk: Desk) -> None:
    slots = desk.member("one", CLOSED)
    assert slots.wake_at(desk.now, urgent=True, bulk=True) == float("inf")
    slots.demand(desk.now, urgent=0, bulk=1)
    desk.sync(slots)
    assert slots.wake_at(desk.now, urgent=False, bulk=True) == desk.now
