"""Both shelves against slow references, step by step, and what every shelf promises."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cache.entry import OVERHEAD_BYTES, Answer, Entry
from cache.lru import LruShelf
from cache.s3fifo import S3FifoShelf
from cache.shelf import Shelf

ALWAYS = 1e9
KEYS = st.sampled_from([f"{owner}:{number}" for owner in "abc" for number in range(8)])
PREFIXES = st.sampled_from(["a:", "b:", "c:", "a:1", ""])
BODIES = st.integers(0, 5) | st.sampled_from([500, 1500, 4000])


class Make(Protocol):
    """Builds a shelf of given bounds."""

    def __call__(self, *, max_bytes: int, max_entries: int) -> Shelf: ...


SHELVES: tuple[Make, ...] = (S3FifoShelf, LruShelf)
each_shelf = pytest.mark.parametrize("make", SHELVES)


def entry(size: int = 0, *, kept_until: float = ALWAYS) -> Entry:
    """An entry with a body of `size` bytes."""
    return Entry(Answer(200, b"x" * size), 0.0, kept_until, kept_until, kept_until)


@dataclass
class Held:
    """What a reference knows of one key."""

    key: str
    entry: Entry
    uses: int = 0


@dataclass
class Reference:
    """What all references share: a bounded list of what is held, oldest first."""

    max_bytes: int
    max_entries: int
    evictions: int = 0
    all: list[Held] = field(default_factory=list)

    def find(self, key: str) -> Held | None:
        return next((held for held in self.all if held.key == key), None)

    def bytes_of(self, some: list[Held]) -> int:
        return sum(held.entry.weight for held in some)

    def fits(self, weight: int, count: int) -> bool:
        return self.bytes_of(self.all) + weight <= self.max_bytes and len(self.all) + count <= self.max_entries

    def get(self, key: str, now: float) -> Entry | None:
        held = self.find(key)
        if held is None:
            return None
        if held.entry.kept_until <= now:
            self.drop(held)
            return None
        self.used(held)
        return held.entry

    def discard(self, predicate: Callable[[str], bool]) -> None:
        for held in [held for held in self.all if predicate(held.key)]:
            self.drop(held)

    def put(self, key: str, entry: Entry) -> None:
        raise NotImplementedError

    def used(self, held: Held) -> None:
        raise NotImplementedError

    def drop(self, held: Held) -> None:
        self.all.remove(held)

    def clear(self) -> None:
        self.all.clear()


class SlowLru(Reference):
    """The list is in the order of the last use."""

    def used(self, held: Held) -> None:
        self.all.remove(held)
        self.all.append(held)

    def put(self, key: str, entry: Entry) -> None:
        self.discard(key.__eq__)
        if entry.weight > self.max_bytes or not self.max_entries:
            return
        while not self.fits(entry.weight, 1):
            self.all.pop(0)
            self.evictions += 1
        self.all.append(Held(key, entry))


@dataclass
class SlowS3Fifo(Reference):
    """Three lists, oldest first, and the rules of the paper one after the other."""

    small: list[Held] = field(default_factory=list)
    main: list[Held] = field(default_factory=list)
    ghosts: list[str] = field(default_factory=list)

    def used(self, held: Held) -> None:
        held.uses = min(3, held.uses + 1)

    def drop(self, held: Held) -> None:
        super().drop(held)
        (self.small if held in self.small else self.main).remove(held)

    def clear(self) -> None:
        self.discard(lambda _: True)
        self.ghosts.clear()

    def put(self, key: str, entry: Entry) -> None:
        held = self.find(key)
        if entry.weight > self.max_bytes or not self.max_entries:
            self.discard(key.__eq__)
            return
        if held is not None:
            while held in self.all and not self.fits(entry.weight - held.entry.weight, 0):
                self.evict()
            if held in self.all:
                held.entry = entry
                return
        while not self.fits(entry.weight, 1):
            self.evict()
        held = Held(key, entry)
        self.all.append(held)
        if key in self.ghosts:
            self.ghosts.remove(key)
            self.main.append(held)
        else:
            self.small.append(held)

    def evict(self) -> None:
        self.evictions += 1
        while True:
            too_much = self.bytes_of(self.small) > self.max_bytes // 10 or len(self.small) > self.max_entries // 10
            if too_much or not self.main:
                held = self.small[0]
                if held.uses <= 1:
                    self.drop(held)
                    self.ghosts.append(held.key)
                    del self.ghosts[: max(0, len(self.ghosts) - (len(self.all) + 1) * 9 // 10)]
                    return
                self.small.remove(held)
            else:
                held = self.main[0]
                if not held.uses:
                    self.drop(held)
                    return
                held.uses -= 1
                self.main.remove(held)
            self.main.append(held)


class Machine(RuleBasedStateMachine):
    """Does the same to a shelf and to its reference."""

    make: Make
    slow: Callable[[int, int], Reference]

    @initialize(max_bytes=st.integers(0, 40 * OVERHEAD_BYTES), max_entries=st.integers(0, 40))
    def begin(self, max_bytes: int, max_entries: int) -> None:
        self.now = 0.0
        self.bounds = (max_bytes, max_entries)
        self.shelf = type(self).make(max_bytes=max_bytes, max_entries=max_entries)
        self.reference = type(self).slow(max_bytes, max_entries)

    @rule(key=KEYS, size=BODIES, kept_s=st.sampled_from([5, 50, 1e9]))
    def put(self, key: str, size: int, kept_s: float) -> None:
        new = entry(size, kept_until=self.now + kept_s)
        self.shelf.put(key, new)
        self.reference.put(key, new)

    @rule(keys=st.lists(KEYS, max_size=8))
    def get(self, keys: list[str]) -> None:
        for key in keys:
            assert self.shelf.get(key, self.now) is self.reference.get(key, self.now)

    @rule(keys=st.lists(KEYS, min_size=4, max_size=24))
    def read_through(self, keys: list[str]) -> None:
        for key in keys:
            found = self.shelf.get(key, self.now)
            assert self.reference.get(key, self.now) is found
            if found is None:
                self.put(key, 0, ALWAYS)

    @rule(key=KEYS)
    def discard(self, key: str) -> None:
        self.shelf.discard(key)
        self.reference.discard(key.__eq__)

    @rule(prefix=PREFIXES)
    def discard_owner(self, prefix: str) -> None:
        self.shelf.discard_owner(prefix)
        self.reference.discard(lambda key: key.startswith(prefix))

    @rule()
    def clear(self) -> None:
        self.shelf.clear()
        self.reference.clear()

    @rule(seconds=st.sampled_from([1, 5, 50]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def they_hold_the_same(self) -> None:
        for key in (f"{owner}:{number}" for owner in "abc" for number in range(8)):
            held = self.reference.find(key)
            expected = None if held is None or held.entry.kept_until <= self.now else held.entry
            assert self.shelf.peek(key, self.now) is expected
        assert len(self.shelf) == len(self.reference.all)
        assert self.shelf.used_bytes == self.reference.bytes_of(self.reference.all)
        assert self.shelf.evictions == self.reference.evictions

    @invariant()
    def the_bounds_hold(self) -> None:
        max_bytes, max_entries = self.bounds
        assert self.shelf.used_bytes <= max_bytes
        assert len(self.shelf) <= max_entries


class S3FifoMachine(Machine):
    make = S3FifoShelf
    slow = SlowS3Fifo


class LruMachine(Machine):
    make = LruShelf
    slow = SlowLru


@pytest.mark.parametrize("machine", [S3FifoMachine, LruMachine])
def test_a_shelf_holds_what_its_slow_reference_holds_after_every_step(machine: type[Machine]) -> None:
    # Explaining a failure traces every line, which takes longer than a test may.
    phases = set(Phase) - {Phase.explain}
    run_state_machine_as_test(
        machine, settings=settings(max_examples=150, stateful_step_count=40, deadline=None, phases=phases)
    )


@each_shelf
def test_what_is_past_its_time_is_never_handed_out(make: Make) -> None:
    shelf = make(max_bytes=10_000, max_entries=10)
    shelf.put("k", entry(kept_until=5.0))
    assert shelf.peek("k", 4.9) is not None
    assert shelf.get("k", 4.9) is not None
    assert shelf.peek("k", 5.0) is None
    assert shelf.get("k", 5.0) is None
    assert len(shelf) == 0
    assert shelf.evictions == 0


@each_shelf
def test_what_is_stale_but_kept_is_handed_out(make: Make) -> None:
    shelf = make(max_bytes=10_000, max_entries=10)
    stale = Entry(Answer(200, b""), 0.0, 1.0, 2.0, 100.0)
    shelf.put("k", stale)
    assert shelf.get("k", 50.0) is stale


@each_shelf
def test_looking_without_asking_saves_nobody_from_eviction(make: Make) -> None:
    def survivors(*, peeks: int) -> list[str]:
        shelf = make(max_bytes=1_000_000, max_entries=10)
        for number in range(10):
            shelf.put(str(number), entry())
        for _ in range(peeks):
            shelf.peek("0", 0.0)
        for number in range(10, 15):
            shelf.put(str(number), entry())
        return [key for key in map(str, range(15)) if shelf.peek(key, 0.0)]

    assert survivors(peeks=5) == survivors(peeks=0)
    assert "0" not in survivors(peeks=5)


@each_shelf
def test_an_answer_too_large_to_keep_takes_its_outdated_predecessor_away(make: Make) -> None:
    shelf = make(max_bytes=3 * OVERHEAD_BYTES, max_entries=10)
    shelf.put("other", entry())
    shelf.put("k", entry())
    shelf.put("k", entry(3 * OVERHEAD_BYTES))
    assert shelf.get("k", 0.0) is None
    assert shelf.get("other", 0.0) is not None
    assert shelf.evictions == 0


@each_shelf
@pytest.mark.parametrize(("max_bytes", "max_entries"), [(0, 10), (10_000, 0)])
def test_a_shelf_without_room_keeps_nothing(make: Make, max_bytes: int, max_entries: int) -> None:
    shelf = make(max_bytes=max_bytes, max_entries=max_entries)
    shelf.put("k", entry())
    assert shelf.get("k", 0.0) is None
    assert (len(shelf), shelf.used_bytes, shelf.evictions) == (0, 0, 0)


@each_shelf
def test_a_successor_of_the_same_weight_pushes_nobody_out(make: Make) -> None:
    shelf = make(max_bytes=5 * OVERHEAD_BYTES, max_entries=5)
    for number in range(5):
        shelf.put(str(number), entry())
    newer = entry()
    shelf.put("2", newer)
    assert shelf.get("2", 0.0) is newer
    assert (len(shelf), shelf.evictions) == (5, 0)


@each_shelf
def test_everything_of_one_owner_goes_and_nothing_else(make: Make) -> None:
    shelf = make(max_bytes=1_000_000, max_entries=100)
    for key in ("u:1\na", "u:1\nb", "u:12\na", "pub\na"):
        shelf.put(key, entry())
    shelf.discard_owner("u:1\n")
    assert [key for key in ("u:1\na", "u:1\nb", "u:12\na", "pub\na") if shelf.peek(key, 0.0)] == [
        "u:12\na",
        "pub\na",
    ]
    assert shelf.evictions == 0


@each_shelf
def test_a_cleared_shelf_is_as_good_as_new(make: Make) -> None:
    shelf = make(max_bytes=5 * OVERHEAD_BYTES, max_entries=5)
    for _ in range(2):
        shelf.clear()
        assert (len(shelf), shelf.used_bytes) == (0, 0)
        for number in range(5):
            shelf.put(str(number), entry())
        assert len(shelf) == 5


def test_a_crawl_pushes_out_of_a_plain_shelf_what_s3fifo_keeps() -> None:
    def left_of_the_popular(shelf: Shelf) -> int:
        for key in map(str, range(100)):
            shelf.put(key, entry())
            shelf.get(key, 0.0)
            shelf.get(key, 0.0)
        for number in range(10_000):
            shelf.put(f"crawled {number}", entry())
        return sum(shelf.peek(str(number), 0.0) is not None for number in range(100))

    assert left_of_the_popular(LruShelf(max_bytes=1 << 30, max_entries=200)) == 0
    assert left_of_the_popular(S3FifoShelf(max_bytes=1 << 30, max_entries=200)) == 100


def test_who_comes_back_soon_after_being_pushed_out_is_not_pushed_out_again() -> None:
    shelf = S3FifoShelf(max_bytes=1 << 30, max_entries=100)
    for number in range(150):
        shelf.put(str(number), entry())
    assert shelf.get("49", 0.0) is None
    shelf.put("49", entry())
    for number in range(1000, 2000):
        shelf.put(str(number), entry())
    assert shelf.get("49", 0.0) is not None


def test_an_entry_that_returns_begins_with_no_uses() -> None:
    shelf = S3FifoShelf(max_bytes=1 << 30, max_entries=10)
    returning = entry()
    shelf.put("k", returning)
    shelf.get("k", 0.0)
    shelf.discard("k")
    shelf.put("k", returning)
    assert returning.uses == 0


def test_one_eviction_never_goes_through_a_whole_shelf_in_use() -> None:
    shelf = S3FifoShelf(max_bytes=1 << 30, max_entries=5000)
    held = [entry() for _ in range(5000)]
    for number, one in enumerate(held):
        shelf.put(str(number), one)
        for _ in range(3):
            shelf.get(str(number), 0.0)
    spent = []
    for number in range(100):
        before = sum(one.uses for one in held)
        shelf.put(f"new {number}", entry())
        spent.append(before - sum(one.uses for one in held))
        assert len(shelf) == 5000
    assert 0 < max(spent) <= 200
