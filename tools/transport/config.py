"""States what one MCP transport allows; a value that would weaken a guard cannot be built."""

from dataclasses import dataclass

from gateway.guards import Guard

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportConfig:
    """Limits and names, fixed at start.

    `guard` says which hosts and pages may ask. `evict_after_s` is how long a session must have been quiet before
    a newcomer may take its place when `max_sessions` are open. Times are in seconds.
    """

    guard: Guard
    max_body_bytes: int = 4 * _MIB
    max_sessions: int = 1000
    session_idle_s: float = 1800
    evict_after_s: float = 60
    keep_alive_s: float = 15
    max_queued_messages: int = 1000

    def __post_init__(self) -> None:
        for name in ("max_body_bytes", "max_sessions", "session_idle_s", "keep_alive_s", "max_queued_messages"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive")
