"""Part `wire`: what a cached tool call costs the server on each wire, beside a bare handler and other servers.

Rounds measure everybody in shuffled order, and ratios are between figures of one round. Every answer is checked.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from math import nan
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

import orjson
import uvloop

from benchmarks.crowd import CONNECTIONS, Sample, sampled, undisturbed
from benchmarks.process import Process, gateway, serving
from benchmarks.questions import Questions, prepared
from benchmarks.table import Cell, Goal, Report, Table, judge
from benchmarks.wires import ASKING_FOR_PROGRESS, KEY, MODERN, SESSION, WIRES, Opens, Question, modern, session
from gateway.keys import fingerprint

ROUNDS: Final = 5
CALLS: Final = 4_000
FEWER_CALLS: Final = 1_000
"""Of those that take ten times as long."""
BARE, OURS, SDK, FASTMCP = "bare aiohttp handler", "ours", "SDK server", "FastMCP"
ORDER: Final = (BARE, OURS, SDK, FASTMCP)
ANY: Final = "-"
GOALS: Final[Mapping[str, float]] = {BARE: 1.4, SDK: 1 / 6, FASTMCP: 1 / 15}
"""What ours may cost on each wire, by whom it is held against."""
RIVALS: Final = {
    "bare": BARE,
    "sdk": SDK,
    "fastmcp": FASTMCP,
    "fastmcp-sessions": FASTMCP,
    "fastmcp-sse": FASTMCP,
}
"""Who each server of `rivals.py` belongs to."""
Row: TypeAlias = tuple[str, str]
"""Whose server, and how it is asked."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server and a way of asking it."""

    row: Row
    server: str
    opens: Opens
    questions: Sequence[Question]
    calls: int

    async def sample(self, process: Process) -> Sample:
        """Measure it once."""
        measure = undisturbed if self.server == OURS else sampled
        return await measure(process, self.opens, self.questions, calls=self.calls)


def lineup(questions: Questions) -> Iterator[Candidate]:
    """Everything that is compared."""
    one = [questions.one]
    yield Candidate((BARE, ANY), "bare", modern, one, CALLS)
    by_wire = zip(WIRES.items(), ("fastmcp", "fastmcp-sessions", "fastmcp-sse"), strict=True)
    for (wire, opens), mode in by_wire:
        yield Candidate((OURS, wire), OURS, opens, one, CALLS)
        yield Candidate((SDK, wire), "sdk", opens, one, FEWER_CALLS)
        yield Candidate((FASTMCP, wire), mode, opens, one, FEWER_CALLS)
    yield Candidate((FASTMCP, f"{SESSION} stateless"), "fastmcp", session, one, FEWER_CALLS)
    many = len(questions.many)
    yield Candidate((OURS, f"{MODERN}, {many} questions in turn"), OURS, modern, questions.many, CALLS)
    yield Candidate((OURS, f"{MODERN}, asking for progress"), OURS, ASKING_FOR_PROGRESS, one, CALLS)


def missing() -> list[str]:
    """Servers that cannot be started here."""
    return [] if find_spec("fastmcp") else [name for name, party in RIVALS.items() if party == FASTMCP]


async def rounds(progress: Callable[[str], None]) -> tuple[list[dict[Row, Sample]], Questions]:
    """Measure everybody in each round; and what was asked."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # Who calls is found out with every call, as a gateway does that others can reach.
        keyed = {"AUTH_MODE": "keys", "FERMATA_KEYS": f"benchmark:{fingerprint(KEY)}"}
        servers = {OURS: await stack.enter_async_context(gateway(folder, **keyed))}
        questions = await prepared(servers[OURS].base)
        told = folder / "told.json"
        told.write_bytes(orjson.dumps(questions.one.told))
        for name in (name for name in RIVALS if name not in missing()):
            # -P: this folder has modules with names that libraries use too.
            script = [sys.executable, "-P", str(Path(__file__).with_name("rivals.py")), name, str(told)]
            servers[name] = await stack.enter_async_context(serving(script))
        progress(f"wire: {len(servers)} servers, {len(questions.many)} questions")
        order = [candidate for candidate in lineup(questions) if candidate.server in servers]
        found = []
        for number in range(ROUNDS):
            Random().shuffle(order)  # noqa: S311 - no secret
            found.append({one.row: await one.sample(servers[one.server]) for one in order})
            progress(f"wire: round {number + 1} of {ROUNDS}")
    return found, questions


@dataclass(frozen=True, slots=True)
class Findings:
    """All rounds, and what is drawn from them."""

    rounds: Sequence[Mapping[Row, Sample]]

    def cpu_us(self, row: Row) -> float:
        """Median over the rounds; nan if it was not measured."""
        return self._median(lambda one: one[row].cpu_us, row)

    def p99_ms(self, row: Row) -> float:
        """Likewise."""
        return self._median(lambda one: one[row].p99_ms, row)

    def ratio(self, row: Row, base: Row) -> float:
        """Median of the ratios within a round."""
        return self._median(lambda one: one[row].cpu_us / one[base].cpu_us, row, base)

    def _median(self, figure: Callable[[Mapping[Row, Sample]], float], *rows: Row) -> float:
        known = all(row in self.rounds[0] for row in rows)
        return statistics.median(map(figure, self.rounds)) if known else nan


def table(found: Findings) -> Table:
    """Everybody, the bare handler first."""
    rows: list[list[Cell]] = []
    for row in sorted(found.rounds[0], key=lambda row: (ORDER.index(row[0]), row[1])):
        party, wire = row
        spread = [one[row].cpu_us for one in found.rounds]
        rows.append(
            [
                f"{party}, {wire}" if wire != ANY else party,
                found.cpu_us(row),
                f"{min(spread):.0f} to {max(spread):.0f}",
                found.ratio(row, (BARE, ANY)),
                found.ratio(row, (OURS, _plain(wire))),
                found.p99_ms(row),
            ]
        )
    head = ["server, wire", "us", "rounds", "x bare", "x ours", "p99 ms"]
    return Table("Server CPU per cached tool call", head, rows)


def _plain(wire: str) -> str:
    """The wire of a goal that is of the same revision; none for what is on no wire."""
    return next((plain for plain in WIRES if wire.startswith(plain[: len(MODERN)])), wire)


def goals(found: Findings) -> Iterator[Goal]:
    """For each wire, what ours may cost beside whom."""
    for wire in WIRES:
        for party, most in GOALS.items():
            peer = (BARE, ANY) if party == BARE else (party, wire)
            yield judge(
                f"cached tool call / {party}, {wire}, us",
                found.cpu_us((OURS, wire)),
                {party: found.cpu_us(peer)},
                goal=("<=", most),
                limit=f"{BARE}: {found.cpu_us((BARE, ANY)):.0f}",
                ratio=(found.ratio((OURS, wire), peer), party),
            )


def measure(progress: Callable[[str], None]) -> Report:
    """One table, and a goal for each wire and each of the others."""
    samples, questions = uvloop.run(rounds(progress))
    found = Findings(samples)
    size = len(orjson.dumps(questions.one.told))
    remarks = [f"wire: {CONNECTIONS} connections, {size} bytes of content, medians of {ROUNDS} rounds"]
    if missing():
        remarks.append(f"{FASTMCP} is not installed")
    return Report([table(found)], list(goals(found)), remarks)
