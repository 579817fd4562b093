"""Remembers that Redis did not answer, so that not every request finds that out by waiting."""

from collections.abc import Callable


class Breaker:
    """Admits everything until something fails; then nothing for a while, and after that one trial at a time.

    Args:
        rest_s: How long nothing is tried after a failure.
        clock: Monotonic seconds.
    """

    __slots__ = ("_clock", "_rest_s", "_trying", "_until")

    def __init__(self, rest_s: float, *, clock: Callable[[], float]) -> None:
        self._rest_s = rest_s
        self._clock = clock
        self._until: float | None = None
        self._trying = False

    def admits(self) -> bool:
        """Whether to ask; who is told so must report `worked` or `failed`."""
        if self._until is None:
            return True
        if self._trying or self._clock() < self._until:
            return False
        self._trying = True
        return True

    def worked(self) -> None:
        """Take note of an answer."""
        self._until = None
        self._trying = False

    def failed(self) -> None:
        """Take note that none came."""
        self._until = self._clock() + self._rest_s
        self._trying = False

    def left(self) -> None:
        """Take note that whoever asked went away before an answer came; if it was the trial, there is another."""
        if self._trying:
            self.failed()
