"""States what one MCP transport allows; a value that would weaken a guard cannot be built."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportConfig:
    """Limits and names, fixed at start.

    `allowed_hosts` are lower-case host names without port, IPv6 without brackets. `allowed_origins` are exact
    origins (`https://app.example`); loopback origins of any port come on top while the request's own host is
    loopback. `evict_after_s` is how long a session must have been quiet before a newcomer may take its place
    when `max_sessions` are open. Times are in seconds.
    """

    allowed_hosts: frozenset[str]
    allowed_origins: frozenset[str] = frozenset()
    max_body_bytes: int = 4 * _MIB
    max_sessions: int = 1000
    session_idle_s: float = 1800
    evict_after_s: float = 60
    keep_alive_s: float = 15
    max_queued_messages: int = 1000

    def __post_init__(self) -> None:
        if not self.allowed_hosts:
            raise ValueError("allowed_hosts is empty: name the hosts that clients use to reach this server")
        if any(name != name.lower() for name in self.allowed_hosts | self.allowed_origins):
            raise ValueError("allowed_hosts and allowed_origins must be lower case")
        if not all("://" in origin for origin in self.allowed_origins):
            raise ValueError("allowed_origins takes exact origins such as https://app.example, never *")
        for name in ("max_body_bytes", "max_sessions", "session_idle_s", "keep_alive_s", "max_queued_messages"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive")
