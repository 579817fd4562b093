"""Finds and runs the Node programs that check the protocol; where npm is, `make test` has installed them."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

HOME: Final = Path(sys.prefix) / "node"
"""Where `make test` installs what tests/conformance/package.json names."""
MODULES: Final = HOME / "node_modules"
_OLDEST: Final = (22, 19)
_STARTS_WITHIN_S: Final = 10
_QUIET_BROWSER: Final = {"MCP_AUTO_OPEN_ENABLED": "true", "BROWSER": "true"}
"""Without a terminal the Inspector asks nobody to sign in unless it may open a browser; `true` is one that opens
no window."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: exit status and everything it printed."""

    code: int
    output: str


def find() -> tuple[Path | None, str]:
    """Return the Node to use, or none and why."""
    if not (HOME / ".installed").exists():
        return None, "the Node packages are not installed; `make test` does that where it finds npm"
    pinned = next(MODULES.glob("node-*/bin/node"), None)
    own = shutil.which("node")
    if pinned is not None:
        return pinned, "pinned"
    if own is not None and _version(own) >= _OLDEST:
        return Path(own), "of this machine"
    return None, "no Node is pinned for this kind of machine, and its own is older than 22.19 or missing"


def required() -> Path:
    """Return the Node to use, or skip the test; a CI that could have installed it fails instead."""
    node, reason = find()
    if node is None and "CI" in os.environ and shutil.which("npm") is not None:
        pytest.fail(f"npm is here, but {reason}")
    if node is None:
        pytest.skip(reason)
    return node


class Program:
    """A program under way, and what it has printed so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._printed = ""

    async def until(self, pattern: str, *, within_s: float) -> str:
        """Return what the first group of `pattern` finds in a line, as soon as that line is printed.

        Raises:
            AssertionError: It ended before.
            TimeoutError: It took longer than `within_s`.
        """
        assert self._process.stdout is not None
        async with asyncio.timeout(within_s):
            while line := (await self._process.stdout.readline()).decode(errors="replace"):
                self._printed += line
                if found := re.search(pattern, line):
                    return found[1]
        raise AssertionError(f"ended without {pattern}: {self._printed}")

    async def end(self, *, within_s: float) -> Finished:
        """Wait for its end.

        Raises:
            TimeoutError: It took longer than `within_s`.
        """
        async with asyncio.timeout(within_s):
            printed, _ = await self._process.communicate()
        return Finished(self._process.returncode or 0, self._printed + printed.decode(errors="replace"))


@asynccontextmanager
async def started(program: str, *arguments: str, home: Path, typed: str = "") -> AsyncIterator[Program]:
    """Run a program of `MODULES` with `home` as its home and working directory; it is killed if it does not end.

    `typed` answers what it asks in between.
    """
    process = await asyncio.create_subprocess_exec(
        required(),
        MODULES / program,
        *arguments,
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), **_QUIET_BROWSER},
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(typed.encode())
        process.stdin.close()
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def run(program: str, *arguments: str, home: Path, within_s: float) -> Finished:
    """Run a program of `MODULES` to its end, with `home` as its home and working directory.

    Raises:
        TimeoutError: It took longer than `within_s`; it was killed.
    """
    async with started(program, *arguments, home=home) as under_way:
        return await under_way.end(within_s=within_s)


def _version(node: str) -> tuple[int, ...]:
    printed = subprocess.run(
        [node, "--version"], capture_output=True, text=True, check=True, timeout=_STARTS_WITHIN_S
    ).stdout
    return tuple(int(part) for part in re.findall(r"\d+", printed))
