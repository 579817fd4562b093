"""The `fields` filter of playlists: which members of an object are wanted, to any depth."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ops.simulator.answers import ApiError

_TOKEN: Final = re.compile(r"\s*([\w-]+|[(),.!])")


@dataclass(slots=True)
class Fields:
    """Wanted members by name, each with a filter of its own or None for all of it.

    Where anything is left out (`!name`), everything else is wanted.
    """

    wanted: dict[str, "Fields | None"] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)

    def of(self, value: Any) -> Any:
        """The wanted part of parsed JSON; lists are filtered item by item, anything simpler stays."""
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        return {name: self._inner(name, member) for name, member in value.items() if self._wants(name)}

    def _wants(self, name: str) -> bool:
        return name not in self.left_out if self.left_out else name in self.wanted

    def _inner(self, name: str, member: Any) -> Any:
        inner = self.wanted.get(name)
        return member if inner is None else inner.of(member)


def read_fields(query: Mapping[str, str]) -> Callable[[Any], Any]:
    """What the `fields` parameter leaves of an object; all of it without one.

    Raises:
        ApiError: 400 for a value that is no filter.
    """
    text = query.get("fields")
    return parse_fields(text).of if text else lambda value: value


def parse_fields(text: str) -> Fields:
    """Read a filter such as `name,tracks.items(track(name,album(!images)))`.

    Raises:
        ApiError: 400 for text that is no such filter.
    """
    tokens, end = [], 0
    while end < len(text.rstrip()):
        found = _TOKEN.match(text, end)
        if found is None:
            raise ApiError(400, "Invalid fields")
        tokens.append(found[1])
        end = found.end()
    reader = _Reader(tokens)
    fields = reader.group()
    if reader.tokens:
        raise ApiError(400, "Invalid fields")
    return fields


class _Reader:
    """A parser of `group = member {"," member}`, where `member = ["!"] name {"." name} ["(" group ")"]`."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens[::-1]

    def group(self) -> Fields:
        fields = Fields()
        self._member(fields)
        while self._take(","):
            self._member(fields)
        return fields

    def _member(self, fields: Fields) -> None:
        if self._take("!"):
            fields.left_out.add(self._name())
            return
        path = [self._name()]
        while self._take("."):
            path.append(self._name())
        for name in path[:-1]:
            fields = _entered(fields, name)
        if not self._take("("):
            fields.wanted[path[-1]] = None
            return
        _merge(_entered(fields, path[-1]), self.group())
        if not self._take(")"):
            raise ApiError(400, "Invalid fields")

    def _name(self) -> str:
        if not self.tokens or self.tokens[-1] in "(),.!":
            raise ApiError(400, "Invalid fields")
        return self.tokens.pop()

    def _take(self, token: str) -> bool:
        if self.tokens and self.tokens[-1] == token:
            self.tokens.pop()
            return True
        return False


def _entered(fields: Fields, name: str) -> Fields:
    inner = fields.wanted.get(name)
    if inner is None:
        inner = fields.wanted[name] = Fields()
    return inner


def _merge(fields: Fields, more: Fields) -> None:
    fields.wanted |= more.wanted
    fields.left_out |= more.left_out
