"""Events reach the reader whole and in their order, whether they are queued or written straight away."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.transport.outbox import KEEP_ALIVE, Outbox, do_nothing
from virtual_time import run

PATIENCE_S = 1.0
STEPS = ["put", "put", "turn", "wait", "half", "busy", "idle", "stall"]


class Wire:
    """What a reader's connection is given; while it is busy it refuses to take anything straight away."""

    def __init__(self) -> None:
        self.busy = False
        self.stalls = False
        self.sent: list[bytes] = []

    def straight(self, chunk: bytes) -> bool:
        """Take a chunk, or refuse it."""
        if not self.busy:
            self.sent.append(chunk)
        return not self.busy

    async def carry(self, outbox: Outbox) -> None:
        """Send until the end, now and then with a wait for the reader."""
        while chunk := await outbox.take(patience_s=PATIENCE_S, straight=self.straight):
            self.sent.append(chunk)
            if self.stalls:
                await asyncio.sleep(PATIENCE_S / 3)


async def story(steps: Sequence[str], wire: Wire) -> list[bytes]:
    outbox = Outbox(limit=1000, on_overflow=do_nothing)
    put: list[bytes] = []
    carrying = asyncio.create_task(wire.carry(outbox))
    for step in steps:
        match step:
            case "put":
                put.append(b"event: message\ndata: %d\n\n" % len(put))
                outbox.put(b"%d" % (len(put) - 1))
            case "turn":
                await asyncio.sleep(0)
            case "wait" | "half":
                await asyncio.sleep(PATIENCE_S if step == "wait" else PATIENCE_S / 2)
            case "busy" | "idle":
                wire.busy = step == "busy"
            case _:
                wire.stalls = not wire.stalls
    outbox.close()
    async with asyncio.timeout(10):
        await carrying
    return put


@given(steps=st.lists(st.sampled_from(STEPS), max_size=30))
def test_nothing_is_lost_doubled_or_overtaken(steps: list[str]) -> None:
    wire = Wire()
    put: Any = run(story(steps, wire))
    assert b"".join(wire.sent).replace(KEEP_ALIVE, b"") == b"".join(put)


@pytest.mark.parametrize("busy", [False, True])
def test_who_stops_reading_is_lost_and_who_reads_is_not(*, busy: bool) -> None:
    async def main() -> tuple[int, int]:
        lost: list[bool] = []
        outbox, wire = Outbox(limit=1000, on_overflow=lambda: lost.append(True), most_bytes=100), Wire()
        wire.busy = busy
        carrying = asyncio.create_task(wire.carry(outbox))
        await asyncio.sleep(0)
        for _ in range(10):
            outbox.put(b"x" * 60)
        outbox.close()
        await carrying
        return len(lost), len(wire.sent)

    assert run(main()) == ((1, 0) if busy else (0, 10))
