"""Says in a few words what fits a schema of `gateway.schema`, for tables that people read."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.schema import ID_PATTERN, MARKET_PATTERN, URI_PATTERN

Shape = Mapping[str, Any]

_ENDLESS = 10**9
"""A limit from here on is one of computers, not of music."""


def words_of(schema: Shape) -> str:
    """Return the words for `schema`."""
    if "oneOf" in schema:
        return " or ".join(words_of(choice) for choice in schema["oneOf"])
    return _WORDS[schema["type"]](schema)


def _boolean(_: Shape) -> str:
    return "true | false"


def _number(schema: Shape) -> str:
    lower, upper = schema["minimum"], schema.get("maximum", _ENDLESS)
    extent = f"{lower} to {upper}" if upper < _ENDLESS else f"from {lower}"
    default = f", default {schema['default']}" if "default" in schema else ""
    return f"{schema['type']} {extent}{default}"


def _string(schema: Shape) -> str:
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "contentMediaType" in schema:
        return f"{schema['contentMediaType']} in {schema['contentEncoding']}"
    return _PATTERNS.get(schema.get("pattern", ""), "text")


def _array(schema: Shape) -> str:
    most = f", up to {schema['maxItems']}" if "maxItems" in schema else ""
    return f"list of {words_of(schema['items'])}{most}"


def _object(schema: Shape) -> str:
    required = schema.get("required", ())
    return f"{{{', '.join(name if name in required else f'{name}?' for name in schema['properties'])}}}"


_PATTERNS: Mapping[str, str] = {ID_PATTERN: "id", MARKET_PATTERN: "country", URI_PATTERN: "URI"}
_WORDS: Mapping[str, Callable[[Shape], str]] = {
    "array": _array,
    "boolean": _boolean,
    "integer": _number,
    "number": _number,
    "object": _object,
    "string": _string,
}
