"""Answers as bytes: what was written is read again, and what was not is no answer."""

import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.entry import Answer
from cache.shared.codec import COMPRESS_FROM_BYTES, MOST_BODY_BYTES, Record, decode, encode, span_ms

RECORD = Record(Answer(200, b'{"a":1}', '"tag"'), 1_763_600_000_000, 60_000, 3_600_000)

records = st.builds(
    Record,
    st.builds(
        Answer,
        st.integers(0, 0xFFFF),
        st.binary(max_size=200) | st.binary(min_size=1, max_size=50).map(lambda part: part * 300),
        st.text(st.characters(), max_size=40),
    ),
    st.integers(0, 2**63),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
)


def written(record: Record) -> bytes:
    data = encode(record)
    assert data is not None
    return data


def with_body(body: bytes) -> Record:
    return RECORD._replace(answer=Answer(200, body))


@given(records)
def test_what_is_written_is_read_again(record: Record) -> None:
    assert decode(written(record)) == record


@given(records, st.data())
def test_what_was_cut_short_or_grew_is_no_answer(record: Record, data: st.DataObject) -> None:
    whole = written(record)
    assert decode(whole[: data.draw(st.integers(0, len(whole) - 1))]) is None
    assert decode(whole + data.draw(st.binary(min_size=1, max_size=9))) is None


@given(st.binary(max_size=300))
def test_garbage_is_no_answer(data: bytes) -> None:
    assert decode(data) is None


@given(records, st.integers(0), st.integers(1, 255))
def test_what_was_changed_is_read_or_not_and_never_an_error(record: Record, where: int, how: int) -> None:
    data = bytearray(written(record))
    data[where % len(data)] ^= how
    changed = decode(bytes(data))
    assert changed is None or isinstance(changed, Record)


def test_another_version_is_no_answer() -> None:
    assert decode(b"Fc\x02" + written(RECORD)[3:]) is None


def test_an_unknown_way_of_packing_is_no_answer() -> None:
    data = bytearray(written(RECORD))
    data[3] = 7
    assert decode(bytes(data)) is None


@pytest.mark.parametrize(
    ("body", "smaller"),
    [
        (b"x" * (COMPRESS_FROM_BYTES - 1), False),
        (b"x" * COMPRESS_FROM_BYTES, True),
        (os.urandom(3 * COMPRESS_FROM_BYTES), False),
    ],
)
def test_only_long_bodies_are_packed_and_only_if_that_helps(body: bytes, smaller: bool) -> None:  # noqa: FBT001
    assert (len(written(with_body(body))) < len(body)) is smaller
    assert decode(written(with_body(body))) == with_body(body)


def test_a_body_that_unpacks_to_more_than_it_says_is_no_answer() -> None:
    honest = written(with_body(b"x" * 5000))
    bomb = zlib.compress(b"x" * 50_000_000, 9)
    head = len(honest) - len(zlib.compress(b"x" * 5000, 1))
    assert decode(honest[:head] + bomb) is None


def test_a_body_that_says_it_is_huge_is_not_unpacked() -> None:
    data = bytearray(written(with_body(b"x" * 5000)))
    data[24:28] = (MOST_BODY_BYTES + 1).to_bytes(4, "big")
    assert decode(bytes(data)) is None


def test_what_does_not_fit_is_not_written() -> None:
    assert encode(with_body(bytes(MOST_BODY_BYTES + 1))) is None
    assert encode(RECORD._replace(answer=Answer(70_000, b""))) is None


def test_a_validator_that_does_not_fit_is_left_out() -> None:
    record = decode(written(RECORD._replace(answer=Answer(200, b"x", "e" * 70_000))))
    assert record is not None
    assert record.answer == Answer(200, b"x", "")


@pytest.mark.parametrize(
    ("seconds", "ms"), [(1.5, 1500), (0, 0), (-1, 0), (float("nan"), 0), (float("inf"), 0), (1e12, 2**32 - 1)]
)
def test_a_span_is_whole_milliseconds_that_fit(seconds: float, ms: int) -> None:
    assert span_ms(seconds) == ms
