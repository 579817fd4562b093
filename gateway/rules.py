"""What must hold between the parameters of one call; a rule that is broken says so in one sentence."""

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import Protocol


class Rule(Protocol):
    """Something that is checked once every single value is right."""

    def complaint(self, given: Mapping[str, object]) -> str:
        """Return what is wrong with `given`, or an empty text."""


@dataclass(frozen=True, slots=True)
class AtMostOne:
    """The parameters exclude each other."""

    names: tuple[str, ...]

    def complaint(self, given: Mapping[str, object]) -> str:
        """See `Rule`."""
        found = [name for name in self.names if name in given]
        return f"{' and '.join(found)} exclude each other; give one of them" if len(found) > 1 else ""


@dataclass(frozen=True, slots=True)
class AtLeastOne:
    """Without any of the parameters the call would do nothing."""

    names: tuple[str, ...]

    def complaint(self, given: Mapping[str, object]) -> str:
        """See `Rule`."""
        return "" if any(name in given for name in self.names) else f"one of {', '.join(self.names)} must be given"


@dataclass(frozen=True, slots=True)
class Needs:
    """The parameter means nothing without one of the others."""

    name: str
    others: tuple[str, ...]

    def complaint(self, given: Mapping[str, object]) -> str:
        """See `Rule`."""
        lonely = self.name in given and not any(other in given for other in self.others)
        return f"{self.name} needs {' or '.join(self.others)}" if lonely else ""


@dataclass(frozen=True, slots=True)
class Together:
    """The lists may hold so many members in all."""

    names: tuple[str, ...]
    maximum: int

    def complaint(self, given: Mapping[str, object]) -> str:
        """See `Rule`."""
        lists = (given.get(name, ()) for name in self.names)
        total = sum(len(members) for members in lists if isinstance(members, Sized))
        too_many = f"{', '.join(self.names)} may hold {self.maximum} members in all, not {total}"
        return too_many if total > self.maximum else ""
