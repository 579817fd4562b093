"""Names a set of tools in an address or a setting; two spellings of one set are one value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from tools.view import UnknownSelectionError

CORE: Final = "core"
FULL: Final = "full"
READ_ONLY: Final = "readonly"
_LONGEST = 300
"""The names of all toolsets together fit in this many characters."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A set of tools.

    Attributes:
        toolsets: Names of toolsets, among which may be `core`, the tools for agents, and `full`, everything.
        read_only: Whether only what changes nothing is in it.
    """

    toolsets: frozenset[str]
    read_only: bool = False

    @classmethod
    def of_setting(cls, text: str, known: Iterable[str]) -> Self:
        """Read `core`, `full` or names of toolsets, comma separated; `readonly` may be one of them.

        Raises:
            UnknownSelectionError: One of the names is not `known`.
        """
        names = _names(text)
        return cls(_checked(names - {READ_ONLY} or {CORE}, known), READ_ONLY in names)

    @classmethod
    def of_address(cls, text: str, known: Iterable[str], *, default: Self) -> Self:
        """Read what an address says after `/mcp/`: `full`, `core`, `x/` with names, and `readonly` after any.

        Where it says nothing, or `readonly` alone, the `default` is meant. A default that is read-only stays so,
        whatever the address says: who set it does not want anything changed.

        Raises:
            UnknownSelectionError: It says something else.
        """
        if len(text) > _LONGEST:
            raise _unknown(text, known)
        parts = text.strip("/").split("/")
        read_only = default.read_only or parts[-1] == READ_ONLY
        match parts[:-1] if parts[-1] == READ_ONLY else parts:
            case [] | [""]:
                return cls(default.toolsets, read_only)
            case [("core" | "full") as name]:
                return cls(frozenset({name}), read_only)
            case ["x", names]:
                return cls(_checked(_names(names), known), read_only)
            case _:
                raise _unknown(text, known)

    def has(self, toolset: str) -> bool:
        """Tell whether the tools of `toolset` are in it."""
        return FULL in self.toolsets or toolset in self.toolsets


def _names(text: str) -> frozenset[str]:
    return frozenset(filter(None, (name.strip().lower() for name in text.split(","))))


def _checked(names: frozenset[str] | set[str], known: Iterable[str]) -> frozenset[str]:
    known = (CORE, FULL, *known)
    if unknown := sorted(names - {*known}):
        raise _unknown(unknown[0], known)
    if not names:
        raise _unknown("", known)
    # All of it and a part of it is all of it: one value for one set.
    return frozenset({FULL}) if FULL in names else frozenset(names)


def _unknown(what: str, known: Iterable[str]) -> UnknownSelectionError:
    names = ", ".join(dict.fromkeys((CORE, FULL, *known)))
    return UnknownSelectionError(
        f"there is no set of tools {what[:40]!r}; there are {names}, and {READ_ONLY} for what changes nothing"
    )
