"""Finds the number in a message that is its JSON-RPC id without reading the rest; what it finds can be checked."""

import re
from typing import Any, Final

import orjson

Parts = tuple[bytes, int, bytes]
"""What stands before the id, the id, and what stands after it."""

# Where the usual clients write it: those of Python right after the version, those of TypeScript at the end.
_FIRST: Final = re.compile(rb'(\{"jsonrpc": ?"2\.0", ?"id": ?)(0|[1-9][0-9]{0,14})(?=,)')
_LAST: Final = re.compile(rb'"jsonrpc":"2\.0","id":(0|[1-9][0-9]{0,14})\}$')
_TAIL: Final = 48
"""Bytes that hold the last two members, if they are these."""


def parts_of(body: bytes) -> Parts | None:
    """Return the parts of `body` around what looks like its id; None if nothing does."""
    found = _FIRST.match(body)
    if found is not None:
        return body[: found.start(2)], int(found[2]), body[found.end(2) :]
    found = _LAST.search(body, max(0, len(body) - _TAIL))
    return None if found is None else (body[: found.start(1)], int(found[1]), body[found.end(1) :])


def is_id_of(parts: Parts) -> bool:
    """Tell whether it is: then any other number in its place changes the id of the message and nothing else."""
    before, request_id, after = parts
    one, other = (_decoded(before, number, after) for number in (request_id, request_id + 1))
    return one.pop("id", None) == request_id and other.pop("id", None) == request_id + 1 and one == other


def _decoded(before: bytes, number: int, after: bytes) -> dict[str, Any]:
    decoded: dict[str, Any] = orjson.loads(b"%b%d%b" % (before, number, after))
    return decoded
