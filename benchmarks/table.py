"""What a part of the benchmarks hands back, and how it is printed: tables of measurements and rows of goals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isnan, nan
from typing import Final, Literal, TypeAlias

Cell: TypeAlias = str | float

_LARGE: Final = 1000
"""From here on three digits would say too little of a number that was counted."""


@dataclass(frozen=True, slots=True)
class Table:
    """Measurements side by side; the first column names what was measured."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""

    def text(self) -> str:
        """The table in fixed columns, numbers to the right."""
        lines = aligned([self.head, *([shown(cell) for cell in row] for row in self.rows)])
        return "\n".join([f"## {self.title}", *lines, *([self.note] if self.note else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One row of the goal table.

    Attributes:
        quantity: what is measured, with its unit.
        ours: our figure.
        peer: the best figure of a peer in the same run, nan if none offers the quantity.
        peer_name: whose that is.
        limit: what would be the best possible, in words.
        goal: what ours must be, in words.
        passed: whether it is.
    """

    quantity: str
    ours: float
    peer: float
    peer_name: str
    limit: str
    goal: str
    passed: bool

    @property
    def ratio(self) -> float:
        """Ours over the peer's; nan if that says nothing."""
        return self.ours / self.peer if self.peer and self.peer < inf else nan


@dataclass(slots=True)
class Report:
    """Everything that a part found.

    Attributes:
        tables: its measurements.
        goals: its rows of the goal table.
        remarks: what the reader must know, such as peers that are missing or figures that were noisy.
    """

    tables: list[Table] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def judge(
    quantity: str,
    ours: float,
    peers: Mapping[str, float],
    *,
    goal: tuple[Literal["<=", ">="], float],
    limit: str,
    ratio: tuple[float, str] | None = None,
) -> Goal:
    """Hold our figure against a goal, or with `ratio` this ratio to the peer of that name; nan never passes."""
    sense, bound = goal
    known = [name for name, value in peers.items() if not isnan(value)]
    name = (min if sense == "<=" else max)(known, key=peers.__getitem__, default="")
    value = ratio[0] if ratio else ours
    return Goal(
        quantity=quantity,
        ours=ours,
        peer=peers[name] if name else nan,
        peer_name=name or "none",
        limit=limit,
        goal=f"{sense} {bound:.3g}" + (f" x {ratio[1]}" if ratio else ""),
        passed=value <= bound if sense == "<=" else value >= bound,
    )


def goal_table(goals: Iterable[Goal]) -> Table:
    """All goals, one per row."""
    return Table(
        "Goals",
        ["quantity", "ours", "best peer", "(which)", "ratio", "limit", "goal", ""],
        [
            [g.quantity, g.ours, g.peer, g.peer_name, g.ratio, g.limit, g.goal, "pass" if g.passed else "FAIL"]
            for g in goals
        ],
    )


def shown(cell: Cell) -> str:
    """A cell as text: three significant digits, more for what is counted."""
    if isinstance(cell, str):
        return cell
    if isnan(cell):
        return "-"
    if cell == inf:
        return "never"
    if cell == int(cell):
        return str(int(cell))
    return f"{cell:.0f}" if abs(cell) >= _LARGE else f"{cell:.3g}"


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """A head and rows as lines of equal columns: names to the left, columns of numbers to the right."""
    head, *body = rows
    columns = []
    for number, title in enumerate(head):
        cells = [row[number] for row in body]
        right = number > 0 and all(cell[:1].isdigit() or cell in {"", "-", "never"} for cell in cells)
        width = max(map(len, [title, *cells]))
        columns.append([cell.rjust(width) if right else cell.ljust(width) for cell in [title, *cells]])
    lines = ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]
