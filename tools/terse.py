"""Shortens schemas, which agents read on every listing; whatever fits a short one is taken.

Pydantic titles every field with its own name, shows docstrings that are for programmers, and writes at length that
what may be absent may be null as well.
"""

from collections.abc import Mapping
from typing import Any

_NAMED = frozenset({"properties", "$defs"})
"""Keywords whose members have names of our own."""


def terse(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return `schema` with descriptions of its fields alone, and without null where a field may be absent."""
    short = _nameless(schema)
    if "$defs" in short:
        short["$defs"] = {name: _nameless(shape) for name, shape in short["$defs"].items()}
    return short


def _nameless(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in _object(shape).items() if name != "description"}


def _object(schema: Mapping[str, Any]) -> dict[str, Any]:
    absent = "default" in schema and schema["default"] is None
    short = {
        name: {key: _any(member) for key, member in value.items()} if name in _NAMED else _any(value)
        for name, value in schema.items()
        if name != "title" and not (absent and name == "default")
    }
    if not absent or "anyOf" not in short:
        return short
    kinds = [kind for kind in short.pop("anyOf") if kind != {"type": "null"}]
    return short | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def _any(value: Any) -> Any:
    match value:
        case dict():
            return _object(value)
        case list():
            return [_any(member) for member in value]
        case _:
            return value
