"""The load's own HTTP: whole answers and events, however the network cuts them."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.connection import Chunks, Connection, EventStream, last_event, whole

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(
    b"%x\r\n%b\r\n" % (len(chunk), chunk)
    for chunk in (b"event: endpoint\ndata: /here\n\n", b": keep-alive\n\nda", b"ta: {}\r\n\r\n")
)
"""The second event has lines as the SDK ends them."""


@pytest.mark.parametrize(
    ("data", "status", "body"), [(PLAIN, 200, b"hello"), (CHUNKED, 200, b"hello"), (EMPTY, 202, b"")]
)
def test_an_answer_is_there_with_its_last_byte(data: bytes, status: int, body: bytes) -> None:
    answer = whole(data)
    assert answer is not None
    assert (answer.status, answer.body) == (status, body)
    assert [whole(data[:end]) for end in range(len(data))] == [None] * len(data)


def test_fields_are_found_whatever_their_case() -> None:
    answer = whole(PLAIN)
    assert answer is not None
    assert answer.field(b"content-type") == b"application/json"
    assert answer.field(b"mcp-session-id") == b""


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.data())
def test_chunks_are_put_together_however_they_come(parts: list[bytes], data: st.DataObject) -> None:
    sent = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    chunks, found, at = Chunks(), b"", 0
    while at < len(sent):
        end = data.draw(st.integers(at + 1, len(sent)))
        found += chunks.feed(sent[at:end])
        at = end
    assert found == b"".join(parts)
    assert chunks.ended


def hear(*pieces: bytes) -> list[tuple[bytes, bytes]]:
    heard: list[tuple[bytes, bytes]] = []
    stream = EventStream(b"", lambda name, data: heard.append((name, data)))
    for piece in pieces:
        stream.data_received(piece)
    return heard


async def test_events_are_heard_however_they_come_and_comments_are_not() -> None:
    for cut in range(1, len(EVENTS)):
        assert hear(EVENTS[:cut], EVENTS[cut:]) == [(b"endpoint", b"/here"), (b"message", b"{}")]


def test_the_last_event_of_a_stream_is_its_answer() -> None:
    assert last_event(b"data: 1\n\nevent: message\ndata: 2\n\n") == b"2"


async def test_a_server_that_hangs_up_is_an_error() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        _, line = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
        with pytest.raises(ConnectionError):
            await line.ask(b"GET / HTTP/1.1\r\n\r\n")
    assert not line.open
