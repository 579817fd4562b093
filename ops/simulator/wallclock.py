"""Wall-clock time of the fake world: the injected clock, moved so that the world's day is today."""

from datetime import UTC, datetime, time
from typing import Final

from ops.simulator.world.world import TODAY

NOON: Final = datetime.combine(TODAY, time(12), tzinfo=UTC)
"""The instant at which every simulator starts, whatever its clock says then."""

NOON_S: Final = NOON.timestamp()


def iso(wall_s: float) -> str:
    """Seconds since 1970 as Spotify writes instants, such as `2026-11-20T12:00:00Z`."""
    return datetime.fromtimestamp(wall_s, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str) -> float:
    """Seconds since 1970 of an instant that `iso` could have written.

    Raises:
        ValueError: for any other text.
    """
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
