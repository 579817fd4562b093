"""Describes parameters in JSON Schema 2020-12; `gateway.values` takes every value that fits its description."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.endpoint import Kind, Param
from gateway.values import BLANK, ID, LARGEST_JPEG, LONGEST_TEXT, MARKET, URI

Schema = dict[str, Any]

ID_PATTERN, URI_PATTERN, MARKET_PATTERN = f"^{ID}$", f"^{URI}$", f"^{MARKET}$"
_ID: Mapping[str, Any] = {"type": "string", "pattern": ID_PATTERN}
_URI: Mapping[str, Any] = {"type": "string", "pattern": URI_PATTERN}
# A comma separates members in a URL, so that one inside a member would make two of it.
_MEMBER: Mapping[str, Any] = {"type": "string", "pattern": rf"^[^,]*[^,{BLANK}][^,]*$"}
# Base64 that starts with the three bytes of every JPEG file.
_JPEG = "^/9j/(?:[0-9A-Za-z+/]{4})*(?:[0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?$"
_LARGEST_INTEGER = 10**18 - 1
"""Eighteen digits, which any language's 64-bit integer holds."""


def schema_of(param: Param) -> Schema:
    """Return the schema of one parameter's value as JSON, with its description and its default."""
    described = {**_SCHEMA[param.kind](param), "description": param.about}
    return described if param.default is None else {**described, "default": param.default}


def object_of(params: Iterable[Param]) -> Schema:
    """Return the schema of an object that holds `params` by name, and nothing else."""
    listed = tuple(params)
    document: Schema = {
        "type": "object",
        "properties": {param.name: schema_of(param) for param in listed},
        "additionalProperties": False,
    }
    if required := [param.name for param in listed if param.required]:
        document["required"] = required
    return document


def _boolean(_: Param) -> Schema:
    return {"type": "boolean"}


def _integer(param: Param) -> Schema:
    return {"type": "integer", "minimum": param.minimum, "maximum": param.maximum or _LARGEST_INTEGER}


def _number(param: Param) -> Schema:
    return _with_maximum({"type": "number", "minimum": param.minimum}, "maximum", param.maximum)


def _text(param: Param) -> Schema:
    document: Schema = {"type": "string", "maxLength": LONGEST_TEXT}
    return document if param.empty else {**document, "pattern": f"[^{BLANK}]"}


def _word(param: Param) -> Schema:
    return {"type": "string", "enum": list(param.choices)} if param.choices else _text(param)


def _words(param: Param) -> Schema:
    return _list(param, _word(param) if param.choices else _MEMBER)


def _identifier(_: Param) -> Schema:
    return dict(_ID)


def _identifiers(param: Param) -> Schema:
    return _list(param, _ID)


def _uri(_: Param) -> Schema:
    return dict(_URI)


def _uris(param: Param) -> Schema:
    return _list(param, _URI)


def _market(_: Param) -> Schema:
    return {"type": "string", "pattern": MARKET_PATTERN}


def _position(param: Param) -> Schema:
    return {"oneOf": [_closed(position=_integer(param)), _closed(uri=_URI)]}


def _occurrences(param: Param) -> Schema:
    position = {"type": "integer", "minimum": 0, "maximum": _LARGEST_INTEGER}
    places = {"type": "array", "items": position, "minItems": 1}
    return _list(param, {**_closed(uri=_URI, positions=places), "required": ["uri"]})


def _stamps(param: Param) -> Schema:
    return _list(param, _closed(id=_ID, added_at={"type": "string"}))


def _jpeg(_: Param) -> Schema:
    return {
        "type": "string",
        "contentEncoding": "base64",
        "contentMediaType": "image/jpeg",
        "pattern": _JPEG,
        "maxLength": LARGEST_JPEG,
    }


def _list(param: Param, items: Mapping[str, Any]) -> Schema:
    document: Schema = {"type": "array", "items": dict(items), "minItems": 0 if param.empty else 1}
    return _with_maximum(document, "maxItems", param.maximum)


def _closed(**properties: Mapping[str, Any]) -> Schema:
    """Return the schema of an object that has exactly these properties."""
    return {
        "type": "object",
        "properties": {name: dict(schema) for name, schema in properties.items()},
        "required": list(properties),
        "additionalProperties": False,
    }


def _with_maximum(document: Schema, keyword: str, maximum: float | None) -> Schema:
    return document if maximum is None else {**document, keyword: maximum}


_SCHEMA: Mapping[Kind, Callable[[Param], Schema]] = {
    "boolean": _boolean,
    "id": _identifier,
    "ids": _identifiers,
    "integer": _integer,
    "jpeg": _jpeg,
    "market": _market,
    "number": _number,
    "occurrences": _occurrences,
    "position": _position,
    "stamps": _stamps,
    "text": _text,
    "uri": _uri,
    "uris": _uris,
    "word": _word,
    "words": _words,
}
