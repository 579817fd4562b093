"""What a caller may say about a call beside its arguments, in headers; bad values are refused, never guessed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypedDict

from gateway.errors import InvalidArgumentsError
from limiter import Priority

PRIORITY: Final = "X-Priority"
DEADLINE: Final = "X-Deadline-Ms"
DRY_RUN: Final = "X-Dry-Run"
PARTIAL: Final = "X-Partial"
HEADERS: Final = (PRIORITY, DEADLINE, DRY_RUN, PARTIAL)

PRIORITIES: Final[Mapping[str, Priority]] = {priority.name.lower(): priority for priority in Priority}
LONGEST_DEADLINE_MS: Final = 3_600_000
SWITCH: Final[Mapping[str, bool]] = {"1": True, "0": False}

_MILLISECONDS = re.compile("[0-9]{1,7}")


class Manner(TypedDict):
    """The options that `SpotifyClient` takes by these names."""

    priority: Priority | None
    deadline_s: float | None
    partial_ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """How a call is to be made.

    Attributes:
        priority: How urgent it is; None for the endpoint's own.
        deadline_s: Seconds that the caller is ready to wait; None for the configured span.
        dry_run: Whether only to tell what it would cost.
        partial_ok: Whether an object may lack some of its fields, if that saves a call.
    """

    priority: Priority | None = None
    deadline_s: float | None = None
    dry_run: bool = False
    partial_ok: bool = False

    @property
    def manner(self) -> Manner:
        """What of it the client is told; a dry run is another question."""
        return Manner(priority=self.priority, deadline_s=self.deadline_s, partial_ok=self.partial_ok)


DEFAULT: Final = CallOptions()
"""Of a caller who says nothing."""


def options_of(headers: Mapping[str, str]) -> CallOptions:
    """Read the options from headers; their names in any case, if the mapping allows it.

    Raises:
        InvalidArgumentsError: With a sentence for each header that cannot be understood.
    """
    given = {name: headers[name] for name in HEADERS if name in headers}
    if not given:
        return DEFAULT
    problems: list[str] = []
    priority = PRIORITIES.get(given.get(PRIORITY, "").strip().lower())
    if PRIORITY in given and priority is None:
        problems.append(f"{PRIORITY} must be one of {', '.join(PRIORITIES)}, not {given[PRIORITY][:40]!r}")
    deadline_ms = _milliseconds(given.get(DEADLINE, ""))
    if DEADLINE in given and deadline_ms is None:
        problems.append(
            f"{DEADLINE} must be a whole number of milliseconds from 1 to {LONGEST_DEADLINE_MS}, "
            f"not {given[DEADLINE][:40]!r}"
        )
    switches = {name: SWITCH.get(given.get(name, "0").strip()) for name in (DRY_RUN, PARTIAL)}
    problems += [
        f"{name} must be 1 or 0, not {given[name][:40]!r}" for name, value in switches.items() if value is None
    ]
    if problems:
        raise InvalidArgumentsError(problems)
    deadline_s = None if deadline_ms is None else deadline_ms / 1000
    return CallOptions(
        priority=priority,
        deadline_s=deadline_s,
        dry_run=switches[DRY_RUN] is True,
        partial_ok=switches[PARTIAL] is True,
    )


def _milliseconds(text: str) -> int | None:
    if not _MILLISECONDS.fullmatch(text.strip()):
        return None
    number = int(text)
    return number if 1 <= number <= LONGEST_DEADLINE_MS else None
