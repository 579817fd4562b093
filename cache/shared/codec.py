"""An answer as bytes and back; whatever cannot be read for certain is no answer, and never an exception."""

import zlib
from math import isfinite
from struct import Struct
from typing import Final, NamedTuple

from cache.entry import Answer

COMPRESS_FROM_BYTES: Final = 4096
"""Below this zlib saves less than it costs: 22 us for a track of 2.5 KB."""

MOST_BODY_BYTES: Final = 8 * 1024 * 1024
"""No answer of the upstream comes near; a longer one is not kept, and not unpacked either."""

# Magic and version, flags, status, fetched at, fresh for, kept for, bytes of the etag, of the body when unpacked.
_HEADER: Final = Struct(">3sBHQIIHI")
_MAGIC: Final = b"Fc\x01"
_PLAIN: Final = 0
_PACKED: Final = 1
_MOST_U16: Final = 0xFFFF
_MOST_U32: Final = 0xFFFFFFFF


class Record(NamedTuple):
    """An answer with its times, which all processes can compare because they are the server's.

    A tuple is made in half the time of a frozen dataclass, and this one is made for every key that is read.

    Attributes:
        answer: As it came from Spotify.
        fetched_ms: When, in milliseconds of the server's clock.
        fresh_ms: Milliseconds after that for which it was to be fresh.
        kept_ms: Milliseconds after that for which it may be kept.
    """

    answer: Answer
    fetched_ms: int
    fresh_ms: int
    kept_ms: int


def span_ms(seconds: float) -> int:
    """Whole milliseconds of a span, within what a header can hold; 0 for what is no span."""
    return min(max(0, int(seconds * 1000)), _MOST_U32) if isfinite(seconds) else 0


def encode(record: Record) -> bytes | None:
    """Write a record down; None if it does not fit."""
    answer = record.answer
    body, flags = answer.body, _PLAIN
    if len(body) > MOST_BODY_BYTES or not 0 <= answer.status <= _MOST_U16 or record.fetched_ms < 0:
        return None
    if len(body) >= COMPRESS_FROM_BYTES:
        packed = zlib.compress(body, 1)
        if len(packed) < len(body):
            body, flags = packed, _PACKED
    etag = answer.etag.encode("utf-8", "surrogatepass")
    if len(etag) > _MOST_U16:
        # A validator is only an offer: without it the next question asks for the whole body.
        etag = b""
    head = _HEADER.pack(
        _MAGIC,
        flags,
        answer.status,
        record.fetched_ms,
        record.fresh_ms,
        record.kept_ms,
        len(etag),
        len(answer.body),
    )
    return b"".join((head, etag, body))


def decode(data: bytes) -> Record | None:
    """Read a record; None if anything about it is not as this version writes it."""
    if len(data) < _HEADER.size:
        return None
    magic, flags, status, fetched_ms, fresh_ms, kept_ms, etag_size, size = _HEADER.unpack_from(data)
    start = _HEADER.size + etag_size
    if magic != _MAGIC or size > MOST_BODY_BYTES or len(data) < start:
        return None
    body = _body(data[start:], flags, size)
    if body is None:
        return None
    try:
        etag = str(data[_HEADER.size : start], "utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return Record(Answer(status, body, etag), fetched_ms, fresh_ms, kept_ms)


def _body(data: bytes, flags: int, size: int) -> bytes | None:
    if flags == _PLAIN:
        return data if len(data) == size else None
    if flags != _PACKED:
        return None
    unpacker = zlib.decompressobj()
    try:
        # One byte more than announced, so that a bomb is noticed and not unpacked.
        body = unpacker.decompress(data, size + 1)
    except zlib.error:
        return None
    return body if len(body) == size and unpacker.eof and not unpacker.unused_data else None
