"""Looks names up for strangers, in threads of its own: a slow name server of theirs delays nobody else.

The event loop's own threads also serve the vault's file and the look-ups for Spotify. A look-up cannot be called
off, and with a silent name server it takes 10 to 30 s.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

_THREADS: Final = 8


class StrangersNames(AbstractResolver):
    """The system's resolver; `close` it at the end."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="strangers-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return every address of `host`.

        Raises:
            OSError: There is none.
        """
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [_result(host, port, kin, str(place[0])) for kin, _, _, _, place in found]

    async def close(self) -> None:
        """Take no more names; what is being looked up ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _result(host: str, port: int, family: socket.AddressFamily, address: str) -> ResolveResult:
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=socket.IPPROTO_TCP, flags=numeric
    )
