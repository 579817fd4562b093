"""How often users signed in and apps refreshed: numbers alone, so that a test can say "one refresh each"."""

from collections import Counter
from typing import Any, Final, Literal, get_args

Event = Literal["logins", "codes", "refreshes", "refused"]
"""Logins, whether the user was asked or had agreed before; codes redeemed; refreshes made; and refreshes refused
because the token was spent or its consent withdrawn or too old."""

EVENTS: Final[tuple[Event, ...]] = get_args(Event)


class Tally:
    """Counts by user; `app_tokens` and `unknown` belong to nobody."""

    __slots__ = ("_counts", "_users", "app_tokens", "unknown")

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, Event]] = Counter()
        self._users: dict[str, None] = {}
        self.app_tokens = 0
        self.unknown = 0

    def add(self, user: str, event: Event) -> None:
        """Count an event of a user."""
        self._users.setdefault(user)
        self._counts[user, event] += 1

    def summary(self) -> dict[str, Any]:
        """All numbers, ready for JSON; users of whom nothing was ever heard are left out."""
        users = {user: {event: self._counts[user, event] for event in EVENTS} for user in self._users}
        return {"users": users, "app_tokens": self.app_tokens, "unknown_refresh_tokens": self.unknown}
