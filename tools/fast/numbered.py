"""Finds the number in a message that is its JSON-RPC id without reading the rest; what it finds can be checked."""

from typing import Any, Final

import orjson

Parts = tuple[bytes, bytes]
"""The digits of an id, and the rest of the message without them."""

# Where the usual clients write it: those of Python right after the version, those of TypeScript at the end.
_FIRST: Final = b'{"jsonrpc":"2.0","id":'
_LAST: Final = b'"jsonrpc":"2.0","id":'
_AFTER: Final = len(_FIRST)
_CLOSE: Final = b"}"
_MOST_DIGITS: Final = 15
_ZERO: Final = ord("0")
_OTHER: Final = b"314159265358979"


def parts_of(body: bytes) -> Parts | None:
    """Return the parts of `body` if something in it looks like its id."""
    if body.startswith(_FIRST):
        end = body.find(b",", _AFTER, _AFTER + _MOST_DIGITS + 1)
        digits, rest = body[_AFTER:end], body[end:]
    elif body.endswith(_CLOSE):
        start = body.rfind(_LAST) + len(_LAST)
        digits, rest = body[start:-1], body[:start]
    else:
        return None
    # A number with more digits may be none that every reader understands alike, and 007 is no JSON.
    if not digits.isdigit() or len(digits) > _MOST_DIGITS or (digits[0] == _ZERO and len(digits) > 1):
        return None
    return digits, rest


def is_id_of(parts: Parts) -> bool:
    """Tell whether it is: then other digits in its place change the id of the message, and nothing else."""
    digits, rest = parts
    one, other = _decoded(digits, rest), _decoded(_OTHER, rest)
    if one.pop("id", None) != int(digits) or other.pop("id", None) != int(_OTHER):
        return False
    try:
        return one == other
    except RecursionError:
        # orjson reads 1,024 levels; Python compares somewhat fewer.
        return False


def _decoded(digits: bytes, rest: bytes) -> dict[str, Any]:
    whole = _FIRST + digits + rest if rest.startswith(b",") else rest + digits + _CLOSE
    decoded: dict[str, Any] = orjson.loads(whole)
    return decoded
