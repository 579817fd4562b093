"""Converts one value that a caller gave into what Spotify takes; one that does not fit is told in a sentence."""

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.endpoint import Kind, Param

Value = str | int | float | bool | tuple[Any, ...] | dict[str, Any]

# Python counts these controls as white space, and the regular expressions of JSON Schema do not.
BLANK = r"\s\x1c-\x1f\x85"
ID = "[0-9A-Za-z]{22}"
URI = f"spotify:(?:(?:track|album|artist|playlist|show|episode|audiobook|chapter):{ID}|user:[^,{BLANK}]+)"
MARKET = "[A-Z]{2}"
LONGEST_TEXT = 1000
LARGEST_JPEG = 256 * 1024

_ID, _URI, _MARKET = re.compile(ID), re.compile(URI), re.compile(MARKET)
# To JSON Schema, and to some languages' JSON writers, 1.0 is a whole number.
_INTEGER = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")
_JPEG_START = b"\xff\xd8\xff"


class ValueProblem(Exception):  # noqa: N818 - it is caught where the parameter's name is known
    """One sentence about one value."""


def convert(param: Param, value: object) -> Value:
    """Return `value` in the shape of `param`.

    Raises:
        ValueProblem: It does not fit.
    """
    return _CONVERT[param.kind](param, value)


def _text(param: Param, value: object) -> str:
    if not isinstance(value, str) or not (value.strip() or param.empty):
        raise ValueProblem("must be a text that is not empty")
    if len(value) > LONGEST_TEXT:
        raise ValueProblem(f"must not be longer than {LONGEST_TEXT} characters")
    return value


def _word(param: Param, value: object) -> str:
    word = _text(param, value)
    if param.choices and word not in param.choices:
        raise ValueProblem(f"must be {_either(param.choices)}, not {word[:40]!r}")
    return word


def _words(param: Param, value: object) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(_members(param, value)))
    for word in words:
        if param.choices and word not in param.choices:
            raise ValueProblem(f"may hold {_either(param.choices)}, not {word[:40]!r}")
    return words


def _boolean(_: Param, value: object) -> bool:
    if isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    if not isinstance(value, bool):
        raise ValueProblem(f"must be true or false, not {_shown(value)}")
    return value


def _integer(param: Param, value: object) -> int:
    if isinstance(value, str) and (written := _INTEGER.fullmatch(value)):
        value = int(written[1])
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueProblem(f"must be a whole number, not {_shown(value)}")
    _check_range(param, value)
    return value


def _number(param: Param, value: object) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueProblem(f"must be a number, not {_shown(value)}")
    _check_range(param, number)
    return number


def _identifier(_: Param, value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueProblem(f"must be a Spotify id (22 letters and digits), not {_shown(value)}")
    return value


def _identifiers(param: Param, value: object) -> tuple[str, ...]:
    return tuple(_identifier(param, member) for member in _members(param, value))


def _uri(_: Param, value: object) -> str:
    if not isinstance(value, str) or not _URI.fullmatch(value):
        raise ValueProblem(f"must be a Spotify URI such as spotify:track:…, not {_shown(value)}")
    return value


def _uris(param: Param, value: object) -> tuple[str, ...]:
    if param.empty and value in ([], (), ""):
        return ()
    return tuple(_uri(param, member) for member in _members(param, value))


def _market(_: Param, value: object) -> str:
    if not isinstance(value, str) or not _MARKET.fullmatch(value):
        raise ValueProblem(f"must be a country as two capital letters, for example US, not {_shown(value)}")
    return value


def _position(param: Param, value: object) -> dict[str, Any]:
    match value:
        case {"position": position, **rest} if not rest:
            return {"position": _integer(param, position)}
        case {"uri": uri, **rest} if not rest:
            return {"uri": _uri(param, uri)}
        case _:
            raise ValueProblem('must be {"position": number} or {"uri": URI}')


def _occurrences(param: Param, value: object) -> tuple[dict[str, Any], ...]:
    return tuple(_occurrence(param, member) for member in _objects(param, value))


def _occurrence(param: Param, value: object) -> dict[str, Any]:
    match value:
        case {"uri": uri, **rest} if not rest:
            return {"uri": _uri(param, uri)}
        case {"uri": uri, "positions": list(positions), **rest} if positions and not rest:
            # The parameter's maximum is that of the list around, not of a place in a playlist.
            place = replace(param, maximum=None)
            return {"uri": _uri(param, uri), "positions": [_integer(place, one) for one in positions]}
        case _:
            raise ValueProblem('must hold objects such as {"uri": URI}')


def _stamps(param: Param, value: object) -> tuple[dict[str, Any], ...]:
    return tuple(_stamp(param, member) for member in _objects(param, value))


def _stamp(param: Param, value: object) -> dict[str, Any]:
    match value:
        case {"id": id_, "added_at": str(added_at), **rest} if not rest:
            return {"id": _identifier(param, id_), "added_at": added_at}
        case _:
            raise ValueProblem('must hold objects such as {"id": id, "added_at": time}')


def _jpeg(_: Param, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueProblem("must be a JPEG picture, encoded in Base64")
    if len(value) > LARGEST_JPEG:
        raise ValueProblem(f"must not be larger than {LARGEST_JPEG} bytes after encoding, not {len(value)}")
    try:
        picture = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueProblem("must be encoded in Base64") from None
    if not picture.startswith(_JPEG_START):
        raise ValueProblem("must be a JPEG picture")
    return value


def _members(param: Param, value: object) -> list[str]:
    members = value.split(",") if isinstance(value, str) else value
    if not isinstance(members, list | tuple) or not members:
        raise ValueProblem("must be a list that is not empty")
    if not all(isinstance(member, str) and member.strip() for member in members):
        raise ValueProblem("must hold texts that are not empty")
    if param.maximum is not None and len(members) > param.maximum:
        raise ValueProblem(f"takes at most {param.maximum:g} of them, not {len(members)}; ask in several calls")
    if any("," in member for member in members):
        # It would count as one here and as two at Spotify.
        raise ValueProblem("must not hold members with commas")
    return [member.strip() for member in members]


def _objects(param: Param, value: object) -> list[object]:
    if not isinstance(value, list) or not value:
        raise ValueProblem("must be a list that is not empty")
    if param.maximum is not None and len(value) > param.maximum:
        raise ValueProblem(f"takes at most {param.maximum:g} of them, not {len(value)}; ask in several calls")
    return value


def _check_range(param: Param, value: float) -> None:
    if value < param.minimum or (param.maximum is not None and value > param.maximum):
        upper = "up" if param.maximum is None else f"to {param.maximum:g}"
        raise ValueProblem(f"must be a number from {param.minimum:g} {upper}, not {value:g}")


def _either(choices: tuple[str, ...]) -> str:
    return choices[0] if len(choices) == 1 else f"{', '.join(choices[:-1])} or {choices[-1]}"


def _shown(value: object) -> str:
    return repr(str(value)[:60])


_CONVERT: Mapping[Kind, Callable[[Param, object], Value]] = {
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
