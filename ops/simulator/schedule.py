"""Which fault strikes which call; each fault counts its own calls, so faults never disturb each other's rhythm."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ops.simulator.faults import Fault


@dataclass(frozen=True, slots=True)
class Strike:
    """What befalls one call: `delay_s` seconds of waiting, then `fault`, which is None for a proper answer."""

    delay_s: float = 0.0
    fault: Fault | None = None

    @property
    def label(self) -> str | None:
        """Name for the call log, such as `delay+reset`; None for an untouched call."""
        parts = ["delay"] if self.delay_s else []
        if self.fault is not None:
            parts.append(self.fault.label)
        return "+".join(parts) or None

    @property
    def refuses(self) -> bool:
        """Whether the call is answered with a 429."""
        return self.fault is not None and self.fault.refuses


UNTOUCHED: Final = Strike()


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0
    struck: int = 0

    def due(self, path: str) -> bool:
        if not path.startswith(self.fault.path_prefix):
            return False
        self.seen += 1
        spent = self.fault.times is not None and self.struck >= self.fault.times
        turn = self.seen - self.fault.after
        return not spent and turn > 0 and turn % self.fault.every == 0


class FaultSchedule:
    """The faults in force and how far each has got."""

    __slots__ = ("_armed",)

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.arm(faults)

    def arm(self, faults: Iterable[Fault]) -> None:
        """Replace the faults in force; their counts start anew."""
        self._armed = tuple(_Armed(fault) for fault in faults)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults in force, spent ones included."""
        return tuple(armed.fault for armed in self._armed)

    def strike(self, path: str) -> Strike:
        """Decide about one call.

        Delays add up. Of the other faults the first one due wins; one that loses is not spent by that.
        """
        due = [armed for armed in self._armed if armed.due(path)]
        delays = [armed for armed in due if armed.fault.kind == "delay"]
        chosen = [armed for armed in due if armed.fault.kind != "delay"][:1]
        for armed in delays + chosen:
            armed.struck += 1
        return Strike(
            delay_s=sum(armed.fault.delay_s for armed in delays),
            fault=chosen[0].fault if chosen else None,
        )
