"""The pauses of one account's quota families; whoever shares the account hears of every change."""

from collections.abc import Callable

from limiter.pause import Pause


class Quotas:
    """One pause per family, made on first use: families come from the endpoint catalogue, so they are few."""

    __slots__ = ("_listeners", "_pauses", "_probe_timeout_s")

    def __init__(self, *, probe_timeout_s: float) -> None:
        self._probe_timeout_s = probe_timeout_s
        self._pauses: dict[str, Pause] = {}
        self._listeners: list[Callable[[], None]] = []

    @property
    def all_open(self) -> bool:
        """No family is held back."""
        return all(pause.is_open for pause in self._pauses.values())

    def pause(self, family: str) -> Pause:
        """The pause of one family."""
        pause = self._pauses.get(family)
        if pause is None:
            pause = self._pauses[family] = Pause(probe_timeout_s=self._probe_timeout_s)
        return pause

    def tell(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever `changed` is called, for as long as the account lives."""
        self._listeners.append(listener)

    def changed(self) -> None:
        """A pause began, ended, or may be probed again."""
        for listener in self._listeners:
            listener()
