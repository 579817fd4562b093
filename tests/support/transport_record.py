"""What an MCP transport tells about itself, and the time that it goes by."""

import asyncio
from collections import Counter


class Recorder:
    """An observer of the transport that remembers, and says when there is something new."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, int]] = []
        self.session_count = 0
        self.revived = 0
        self.shares = False
        self.changed = asyncio.Event()
        self.streams: Counter[str] = Counter()

    def request(self, wire: str, method: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        self.requests.append((wire, method, status))
        self.changed.set()

    def sessions(self, count: int) -> None:
        self.session_count = count
        self.changed.set()

    def session_revived(self) -> None:
        self.revived += 1

    def sharing(self, *, on: bool) -> None:
        self.shares = on
        self.changed.set()

    def stream_opened(self, wire: str) -> None:
        self.streams[wire] += 1
        self.changed.set()

    def stream_closed(self, wire: str) -> None:
        self.streams[wire] -= 1
        self.changed.set()


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
