"""Starts servers as processes of their own, and reads what they use; Linux only."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.simulator import SimulatorConfig

ENVIRONMENT: Final[Mapping[str, str]] = {
    "PORT": "0",
    "LOG_LEVEL": "WARNING",
    "PATH": "",
    # The caller is always within its rate, and somebody looks every time.
    "FERMATA_INBOUND_PER_S": "1000000",
    "FERMATA_INBOUND_BURST": "1000000",
}
LIMIT: Final = 100_000
"""Calls per window of simulator and gateway: so many that the budget never matters."""
ADDRESS: Final = re.compile(r"http://[\d.]+:\d+")


@dataclass(frozen=True, slots=True)
class Process:
    """A running server: its process id, and its address without a path."""

    pid: int
    base: str

    def cpu_s(self) -> float:
        """CPU seconds of all its threads, from the scheduler's own nanoseconds."""
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    def resident_bytes(self) -> int:
        """Memory that it occupies."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0

    def descriptors(self) -> int:
        """Files and sockets that it has open."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())


@asynccontextmanager
async def serving(command: Sequence[str], **environ: str) -> AsyncIterator[Process]:
    """Run a server that prints its address, with some settings more than `ENVIRONMENT`.

    Raises:
        RuntimeError: It ended before it told its address.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, env={**ENVIRONMENT, **environ}
    )
    if process.stdout is None:
        raise RuntimeError("the server has no output to read its address from")
    try:
        while (found := ADDRESS.search(line := (await process.stdout.readline()).decode())) is None:
            if not line:
                raise RuntimeError(f"{command} ended before it said where it listens")
        yield Process(process.pid, found[0])
    finally:
        process.terminate()
        await process.communicate()


@asynccontextmanager
async def gateway(folder: Path, **environ: str) -> AsyncIterator[Process]:
    """Run a gateway in front of a simulator, each a process; the gateway keeps its files in `folder`."""
    fermata = [sys.executable, "-m", "ops"]
    app = SimulatorConfig()
    async with serving([*fermata, "simulator", "--port", "0", "--limit", str(LIMIT)]) as simulator:
        settings = {
            "DATA_DIR": str(folder),
            "SPOTIFY_PROFILE": app.profile,
            "SPOTIFY_CLIENT_ID": app.client_id,
            "SPOTIFY_CLIENT_SECRET": app.client_secret,
            "SPOTIFY_API_URL": f"{simulator.base}/v1",
            "SPOTIFY_ACCOUNTS_URL": simulator.base,
            "RATE_LIMIT_CALLS": str(LIMIT),
            # A development app is guessed to have a day quota, and the simulator has none.
            "QUOTA_CALLS_PER_DAY": "0",
        }
        async with serving([*fermata, "serve"], **{**settings, **environ}) as process:
            yield process
