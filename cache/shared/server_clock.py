"""The server's time in every process, so that hosts whose clocks are wrong agree on the age of an answer."""

from collections.abc import Callable
from typing import Final

RENEW_S: Final = 60.0
"""A clock that is off by 100 ppm drifts by 6 ms in this time."""


class ServerClock:
    """What the server's clock shows, within bounds that come from how long its answer took.

    Args:
        clock: This process's monotonic seconds.

    Attributes:
        known: The server has told its time at least once.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._low_ms = self._high_ms = 0.0
        self._heard_at = 0.0
        self.known = False

    def heard(self, server_s: float, *, asked_at: float, heard_at: float) -> None:
        """Take in an answer to TIME: the server's clock showed `server_s` at some moment between the two."""
        low_ms, high_ms = (server_s - heard_at) * 1000, (server_s - asked_at) * 1000
        sharper = high_ms - low_ms <= self._high_ms - self._low_ms
        old = heard_at - self._heard_at >= RENEW_S
        # The server's clock was set, or this is another server.
        moved = low_ms > self._high_ms or high_ms < self._low_ms
        if sharper or old or moved or not self.known:
            self._low_ms, self._high_ms, self._heard_at = low_ms, high_ms, heard_at
            self.known = True

    def earliest_ms(self) -> int:
        """The least that the server's clock can show now: for when something was fetched."""
        return int(self._clock() * 1000 + self._low_ms)

    def latest_ms(self) -> int:
        """The most that it can show now: for how old something is."""
        return int(self._clock() * 1000 + self._high_ms) + 1
