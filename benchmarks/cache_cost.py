"""What a hit and a set cost in process, beside the peers.

Rounds measure everybody in shuffled order, and a ratio is between two figures of one round. Keys and values are
made before, so a figure is a library's own call and a turn of a loop. After ten thousand calls the event loop gets
its turn, so that coarse clocks go on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Final

from benchmarks.cache_peers import FLOOR, LRU, OUR_LRU, S3FIFO, SLOW, TIMED, TTL, Timed
from benchmarks.figures import noisy
from benchmarks.table import Cell, Goal, Report, Table, judge
from benchmarks.traces import zipf

ROUNDS: Final = 5
ENTRIES: Final = 10_000
BODY: Final = 2_048
READS: Final = 100_000
SLOW_READS: Final = 10_000
ALPHA: Final = 0.9
HIT_GOALS: Final = {LRU: 0.6, TTL: 0.12}
NO_PEERS: Final = (S3FIFO, OUR_LRU, FLOOR)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU nanoseconds of one subject in one round.

    Attributes:
        hit: of a look-up that finds its key.
        renewed: of a value for a key that is held.
        added: of one for a key that is not, in a full cache.
    """

    hit: float
    renewed: float
    added: float


def key_of(number: int) -> str:
    """A key as long as ours are."""
    return f"v1\nextended\npub\nGET\n/v1/tracks/{number:022d}\nmarket=DE"


def measure(progress: Progress) -> Report:
    """The table, and the goals of a hit."""
    report = Report()
    makers = {name: make for name, make in TIMED.items() if _present(name, make, report)}
    costs: dict[str, list[Cost]] = {name: [] for name in makers}
    for number in range(1, ROUNDS + 1):
        progress(f"cache: costs, round {number} of {ROUNDS}")
        names = list(makers)
        Random().shuffle(names)  # noqa: S311  no secret
        for name in names:
            costs[name].append(cost_of(makers[name], reads=SLOW_READS if name in SLOW else READS))
    report.remarks += [
        f"cache: hits of {name} were noisy, {min(hits):.0f} to {max(hits):.0f} ns"
        for name, hits in ((name, [cost.hit for cost in rounds]) for name, rounds in costs.items())
        if noisy(hits)
    ]
    report.tables.append(_table(costs))
    report.goals += _goals(costs)
    return report


def cost_of(make: Callable[[int], Timed], *, reads: int) -> Cost:
    """One subject on a loop of its own."""

    async def main() -> Cost:
        subject = make(ENTRIES)
        known = [key_of(number) for number in range(ENTRIES)]
        new = [key_of(number) for number in range(ENTRIES, 2 * ENTRIES)]
        popular = [known[number] for number in zipf(ALPHA, keys=ENTRIES, requests=reads)]
        first, second, third = ([subject.value(bytes(BODY)) for _ in known] for _ in range(3))
        await subject.write(known, first)
        # Once for the specialising interpreter.
        await subject.read(popular[:ENTRIES])
        hit = await _timed(popular, subject.read)
        renewed = await _timed(known, lambda keys: subject.write(keys, second))
        added = await _timed(new, lambda keys: subject.write(keys, third))
        return Cost(hit, renewed, added)

    return asyncio.run(main())


async def _timed(keys: Sequence[str], run: Callable[[Sequence[str]], Awaitable[None]]) -> float:
    started = time.process_time_ns()
    for start in range(0, len(keys), ENTRIES):
        await run(keys[start : start + ENTRIES])
        await asyncio.sleep(0)
    return (time.process_time_ns() - started) / len(keys)


def _present(name: str, make: Callable[[int], Timed], report: Report) -> bool:
    async def build() -> None:
        make(1)

    try:
        asyncio.run(build())
    except ModuleNotFoundError as missing:
        report.remarks.append(f"cache: {name} is missing: no module {missing.name}")
        return False
    return True


def _ratio(costs: Mapping[str, Sequence[Cost]], name: str, base: str) -> float:
    """The median of the ratios within each round."""
    return median(one.hit / other.hit for one, other in zip(costs[name], costs[base], strict=True))


def _goals(costs: Mapping[str, Sequence[Cost]]) -> Iterable[Goal]:
    hits = {name: median(cost.hit for cost in rounds) for name, rounds in costs.items()}
    for base, bound in HIT_GOALS.items():
        yield judge(
            f"hit in process beside {base}, CPU ns",
            hits[S3FIFO],
            {name: hit for name, hit in hits.items() if name not in NO_PEERS},
            goal=("<=", bound),
            ratio=(_ratio(costs, S3FIFO, base), base),
            limit="a dict",
        )


def _table(costs: Mapping[str, Sequence[Cost]]) -> Table:
    rows: list[list[Cell]] = [
        [
            name,
            median(cost.hit for cost in rounds),
            min(cost.hit for cost in rounds),
            max(cost.hit for cost in rounds),
            *(_ratio(costs, name, base) for base in HIT_GOALS),
            median(cost.renewed for cost in rounds),
            median(cost.added for cost in rounds),
        ]
        for name, rounds in costs.items()
    ]
    head = ["subject", "hit ns", "min", "max", *(f"x {base}" for base in HIT_GOALS), "set known", "set new"]
    note = (
        "A new key finds the cache full. dict and aiocache have no bound, so they make no room; "
        "ours alone are bounded by bytes as well."
    )
    title = f"In process, {ENTRIES} keys of {BODY} bytes, reads by Zipf {ALPHA}: CPU per call"
    return Table(title, head, sorted(rows, key=lambda row: float(row[1])), note=note)
