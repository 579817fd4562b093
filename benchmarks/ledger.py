"""What was written to a library, and since when each gateway shows it; pure: times are given."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Write:
    """One change of one track.

    Attributes:
        kept: Whether the library holds the track from then on.
        begun_at: When it was sent.
        acked_at: When it was acknowledged.
        seen: Since when each gateway shows it.
    """

    kept: bool
    begun_at: float
    acked_at: float | None = None
    seen: dict[int, float] = field(default_factory=dict)


class Ledger:
    """Holds answers against writes. A track is written again only after all gateways showed the write before.

    Args:
        states: Whether the library holds each track at the beginning, as all gateways show it.
        gateways: How many there are.

    Attributes:
        writes: All of them, in their order.
        stale_at: When answers came that showed a state that the same gateway had already shown as past.
    """

    def __init__(self, states: Sequence[bool], *, gateways: int) -> None:
        self._gateways = gateways
        self._last = [Write(state, 0.0, 0.0, dict.fromkeys(range(gateways), 0.0)) for state in states]
        self.writes: list[Write] = []
        self.stale_at: list[float] = []

    def settled(self) -> int | None:
        """Return the track that was written longest ago, if all gateways show that."""
        known = [number for number, write in enumerate(self._last) if self.agreed_at(write) is not None]
        return min(known, key=lambda number: self._last[number].begun_at, default=None)

    def begin(self, track: int, now: float) -> Write:
        """Take note that the opposite of what a track is now is about to be written."""
        write = self._last[track] = Write(not self._last[track].kept, now)
        self.writes.append(write)
        return write

    def acknowledged(self, write: Write, gateway: int, now: float) -> None:
        """Take note that `gateway` has written it, and must show it from now on."""
        write.acked_at = now
        write.seen.setdefault(gateway, now)

    def shown(self, gateway: int, states: Sequence[bool], *, asked_at: float, now: float) -> None:
        """Take in what `gateway` says of all tracks."""
        stale = False
        for write, state in zip(self._last, states, strict=True):
            if state is write.kept:
                write.seen.setdefault(gateway, now)
            # Two answers may overtake each other, so only what was asked for afterwards must be new.
            stale = stale or (state is not write.kept and write.seen.get(gateway, asked_at) < asked_at)
        if stale:
            self.stale_at.append(now)

    def agreed_at(self, write: Write) -> float | None:
        """Return when the last gateway showed a write that was acknowledged; None if that is still to come."""
        if write.acked_at is None or len(write.seen) < self._gateways:
            return None
        return max(write.acked_at, *write.seen.values())
