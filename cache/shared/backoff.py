"""Waits between two attempts to connect: longer each time, and differently in each process."""

from collections.abc import Awaitable, Callable
from typing import Final

from cache.shared.config import SharedConfig

_MOST_DOUBLINGS: Final = 20


class Backoff:
    """The pauses of one connection.

    Args:
        config: The first and the longest pause.
        random: Numbers from [0, 1). All processes lose Redis at once, and must not come back at once.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        config: SharedConfig,
        *,
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._config = config
        self._random = random
        self._sleep = sleep
        self._failures = 0

    def worked(self) -> None:
        """Begin with short pauses again."""
        self._failures = 0

    async def pause(self) -> None:
        """Wait after an attempt that failed, or a connection that was lost."""
        longest = self._config.backoff_s * 2 ** min(self._failures, _MOST_DOUBLINGS)
        self._failures += 1
        await self._sleep(min(longest, self._config.most_backoff_s) * (0.5 + 0.5 * self._random()))
