"""Virtual time: nothing waits, threads run on the spot, and code that polls a clock gets on."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.loop import run

ROOT = Path(__file__).parents[2]


def test_a_long_sleep_takes_no_time() -> None:
    async def main() -> float:
        await asyncio.sleep(86_400)
        return asyncio.get_running_loop().time()

    before = time.monotonic()
    assert run(main(), start_s=5.0) == pytest.approx(86_405, abs=0.1)
    assert time.monotonic() - before < 10


def test_a_thread_is_done_on_the_spot() -> None:
    async def main() -> list[str]:
        done: list[str] = []
        await asyncio.to_thread(done.append, "worked")
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        return done

    assert run(main()) == ["worked"]


def test_waiting_for_nothing_is_a_deadlock_and_says_so() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="deadlock"):
        run(main())


# In a process of its own: it changes the clocks for good.
FOLLOWING = """
from benchmarks.loop import EPOCH_S, run, virtualise
virtualise()
import asyncio, time
from time import monotonic_ns, time_ns

async def main():
    await asyncio.sleep(100)
    assert abs(time.monotonic() - 1100) < 0.1 and abs(time.time() - EPOCH_S - 1100) < 0.1
    assert isinstance(monotonic_ns(), int) and abs(time_ns() / 1e9 - EPOCH_S - 1100) < 0.1
    seen = monotonic_ns()
    while monotonic_ns() < seen + 1_000_000:  # a poller without an await
        pass

run(main())
assert time.time() < EPOCH_S
"""


def test_the_clocks_of_the_process_follow_the_loop_and_only_while_it_runs() -> None:
    subprocess.run([sys.executable, "-c", FOLLOWING], cwd=ROOT, check=True, timeout=30)
