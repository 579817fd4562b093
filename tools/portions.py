"""A long list that goes to Spotify in portions: each member is told what became of it, and what to send again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gateway.errors import InvalidArgumentsError
from tools.errand import Errand
from tools.outcome import Got, HeldBackError, Miss, Outcome
from tools.summary import Summary


def portions(members: Sequence[str], size: int) -> list[Sequence[str]]:
    """Return `members` in portions of at most `size`."""
    return [members[start : start + size] for start in range(0, len(members), size)]


def cause_of(outcomes: Iterable[Outcome]) -> Miss | None:
    """Return the failure that others may only have followed; None if all worked."""
    failed = [outcome for outcome in outcomes if isinstance(outcome, Miss)]
    return next((one for one in failed if not isinstance(one.error, HeldBackError)), failed[0] if failed else None)


@dataclass(frozen=True, slots=True)
class Portions:
    """What became of a list.

    Attributes:
        name: Name of the list among the arguments.
        members: The list.
        outcomes: What became of its portions, in the list's order.
        size: Members of a portion.
    """

    name: Literal["uris", "ids"]
    members: Sequence[str]
    outcomes: Sequence[Outcome]
    size: int

    def served(self) -> list[str]:
        """Return the members whose portion worked."""
        return [member for member, outcome in self._pairs() if isinstance(outcome, Got)]

    def fields(self, errand: Errand) -> dict[str, Any]:
        """Return what is told of the members; nothing if they went in one portion, hence all alike."""
        if len(self.outcomes) == 1:
            return {}
        cause = cause_of(self.outcomes)
        if cause is None:
            # Five hundred times the same word would only fill an agent's memory.
            return {"summary": Summary(ok=len(self.members), failed=0)}
        whys = [errand.failure(one) if isinstance(one, Miss) else {} for one in self.outcomes]
        results = [
            self._result(index, member, whys[index // self.size]) for index, member in enumerate(self.members)
        ]
        failed = sum(not result["ok"] for result in results)
        summary = Summary(ok=len(results) - failed, failed=failed)
        return {"ok": False, **errand.failure(cause), "results": results, "summary": summary}

    def rest(self) -> str:
        """Return the sentences about what is left to do, each after a line break; empty if nothing is."""
        cause = cause_of(self.outcomes)
        if cause is None:
            return ""
        left = ", ".join(_spans(index for index, (_, one) in enumerate(self._pairs()) if isinstance(one, Miss)))
        why = f"{cause.error.code}: {cause.error.message}"
        mend = "mend these, then " if cause.error.code == InvalidArgumentsError.code else ""
        todo = f"The others are done: {mend}send only these again."
        return f"\nFailed: {self.name} {left}, counted from 0 — {why}\n{todo}"

    def _pairs(self) -> Iterator[tuple[str, Outcome]]:
        return ((member, self.outcomes[index // self.size]) for index, member in enumerate(self.members))

    def _result(self, index: int, member: str, why: Mapping[str, Any]) -> dict[str, Any]:
        return {"index": index, self.name.removesuffix("s"): member, "ok": not why, **why}


def _spans(numbers: Iterable[int]) -> Iterator[str]:
    """Yield runs of consecutive `numbers` as `3` or `3-7`."""
    run: list[int] = []
    for number in [*numbers, -1]:
        if run and number != run[-1] + 1:
            yield str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}"
            run = []
        run.append(number)
