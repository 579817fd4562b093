"""Describes the arguments of a generated tool in few words; an agent pays for each of them with every request.

The schema leaves out what the descriptions or the answer to a wrong call say as well, so what fits it may still be
refused, in a sentence that tells how to mend it. What the gateway takes always fits.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from gateway.endpoint import Endpoint, Param
from gateway.schema import URI_PATTERN, Schema, object_of
from tools.generated.words import DEFAULTS

_TUNING: Final = re.compile("(?:min|max|target)_.+")
_MUSICAL: Final = 10**9
"""A limit from here on is one of computers, not of music."""

_COUNTRY: Final = "Country (ISO 3166-1 alpha-2), for example US."
_ABOUT: Mapping[str, str] = {"country": _COUNTRY, "market": _COUNTRY}
"""Sentences for those whose own is about the REST mirror, or long and in every second tool."""


def input_schema(endpoint: Endpoint, *, without: Collection[str] = ()) -> Schema:
    """Return the JSON Schema of what a tool of `endpoint` takes, `without` what it has by itself."""
    document = object_of(param for param in _listed(endpoint) if param.name not in without)
    defaults = DEFAULTS.get(endpoint.id, {})
    tuned = any(_TUNING.fullmatch(param.name) for param in endpoint.params)
    document["properties"] = {
        name: {"type": "number"} if tuned and _TUNING.fullmatch(name) else _brief(name, schema)
        for name, schema in document["properties"].items()
    }
    for name in defaults.keys() & document["properties"].keys():
        document["properties"][name]["default"] = defaults[name]
        document["required"].remove(name)
    return document


def _listed(endpoint: Endpoint) -> Iterator[Param]:
    # Still taken, but to an agent a second name for one thing is a riddle.
    twice = endpoint.param("market") is not None
    return (param for param in endpoint.params if not (twice and param.name == "country"))


def _brief(name: str, schema: Schema) -> Schema:
    about = _ABOUT.get(name, schema["description"])
    # What is a list here is a text in a URL.
    return {**_short(schema), "description": about.replace(", comma separated", "")}


def _short(schema: Mapping[str, Any]) -> Schema:
    """Return `schema` without what only a machine would read."""
    brief = {keyword: value for keyword, value in schema.items() if _counts(keyword, value)}
    if schema.get("pattern") == URI_PATTERN:
        brief["pattern"] = "^spotify:"
    if "items" in schema:
        brief["items"] = _short(schema["items"])
    if "properties" in schema:
        brief["properties"] = {name: _short(inner) for name, inner in schema["properties"].items()}
    if "oneOf" in schema:
        brief["oneOf"] = [_short(choice) for choice in schema["oneOf"]]
    return brief


def _counts(keyword: str, value: Any) -> bool:
    match keyword:
        case "pattern" | "maxLength" | "minItems" | "contentEncoding" | "contentMediaType":
            return False
        case "maximum":
            return bool(value < _MUSICAL)
        case "minimum":
            return bool(value)
        case _:
            return True
