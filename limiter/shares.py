"""Windows within a client id, for families and users that may use only a part of it; empty ones are let go."""

from limiter.config import LimiterConfig
from limiter.key import LimitKey
from limiter.window import SlotWindow


class Shares:
    """Makes a window for each family and user that the config limits."""

    __slots__ = ("_config", "_families", "_users")

    def __init__(self, config: LimiterConfig) -> None:
        self._config = config
        self._families: dict[str, SlotWindow] = {}
        self._users: dict[str, SlotWindow] = {}

    def of(self, key: LimitKey) -> tuple[SlotWindow, ...]:
        """The windows that a call of `key` takes from besides its client id's."""
        family = self._one(self._families, key.family, self._config.family_calls.get(key.family, 0))
        return family + self._one(self._users, key.user, self._config.user_calls if key.user else 0)

    def prune(self, now: float) -> None:
        """Let go of users whose slots have all come home."""
        for window in self._users.values():
            window.collect(now)
        self._users = {user: window for user, window in self._users.items() if window.free < window.limit}

    def _one(self, windows: dict[str, SlotWindow], name: str, calls: int) -> tuple[SlotWindow, ...]:
        if not calls:
            return ()
        if name not in windows:
            config = self._config
            windows[name] = SlotWindow(
                calls, window_s=config.window_s, guard_s=config.guard_s, abort_guard_s=config.abort_guard_s
            )
        return (windows[name],)
