"""A wall clock for everybody in this process, which a test sets forward."""

import time


class Wall:
    """Stands for `time.time` from before the gateway is wired; `ahead_s` is how far it is ahead."""

    def __init__(self) -> None:
        self._real = time.time
        self.ahead_s = 0.0

    def __call__(self) -> float:
        """Return seconds since the epoch, and some."""
        return self._real() + self.ahead_s
