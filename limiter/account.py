"""The quotas of one developer account, a family at a time; all client ids of the account hear of every change."""

from collections.abc import Callable
from typing import Final

from limiter.cells import CellWindow
from limiter.config import LimiterConfig
from limiter.pause import Pause

DAY_S: Final = 86_400.0
CELL_S: Final = 300.0
"""Resolution of the day quota: a call counts for a day from the end of the five minutes that it fell in."""


class Family:
    """What a group of endpoints shares on an account.

    Attributes:
        name: the family.
        pause: how Spotify's word that the quota is spent holds it back.
        day: the calls of the last day.
    """

    __slots__ = ("day", "name", "pause")

    def __init__(self, name: str, config: LimiterConfig, *, guarded: bool) -> None:
        self.name = name
        self.pause = Pause(probe_timeout_s=config.probe_timeout_s, guarded=guarded)
        self.day = CellWindow(config.day_calls, span_s=DAY_S, cell_s=CELL_S)


class Account:
    """One `Family` per name, made on first use: families come from the endpoint catalogue, so they are few.

    Args:
        config: sizes and times.
        remember: told of each new family, to fill it with what an earlier process knew.
        guarded: other processes share the account's pauses.
    """

    __slots__ = ("_config", "_guarded", "_listeners", "_remember", "families")

    def __init__(
        self, config: LimiterConfig, *, remember: Callable[[Family], None], guarded: bool = False
    ) -> None:
        self.families: dict[str, Family] = {}
        self._config = config
        self._guarded = guarded
        self._remember = remember
        self._listeners: list[Callable[[], None]] = []

    @property
    def all_open(self) -> bool:
        """No family is held back."""
        return all(family.pause.is_open for family in self.families.values())

    def family(self, name: str) -> Family:
        """The family of that name."""
        family = self.families.get(name)
        if family is None:
            family = self.families[name] = Family(name, self._config, guarded=self._guarded)
            self._remember(family)
            if not family.pause.is_open:
                self.changed()
        return family

    def tell(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever `changed` is called, for as long as the account lives."""
        self._listeners.append(listener)

    def changed(self) -> None:
        """A pause began, ended, or may be probed again."""
        for listener in self._listeners:
            listener()
