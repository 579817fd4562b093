"""What one status call found out; a part that was not asked for, or not to be had, is None."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import SpotifyError
from tools.compat import Compat
from tools.failure import Failure, failure_of
from tools.outcome import Got, Miss, Outcome
from tools.player.playback import Playback, playback_of
from tools.player.sections import Devices, Queue, Section, queue_of


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The player as far as it is known.

    Attributes:
        playback: What plays, where and how.
        devices: What could play.
        queue: What plays next.
        errors: Why sections are lacking that were asked for, and how many seconds ago that was told.
    """

    playback: Playback | None = None
    devices: Devices | None = None
    queue: Queue | None = None
    errors: Mapping[Section, tuple[SpotifyError, float]] = field(default_factory=dict)

    def failures(self, compat: Compat) -> dict[Section, Failure]:
        """Return the failed sections in the words of a tradition."""
        return {
            section: failure_of(error, waited_s=waited_s, compat=compat)
            for section, (error, waited_s) in self.errors.items()
        }

    @property
    def is_idle(self) -> bool:
        """Whether it is known that no device is active."""
        if self.devices is not None and self.devices.active is not None:
            return False
        if self.playback is not None:
            return not self.playback.device
        return self.devices is not None


def snapshot_of(told: Mapping[Section, Outcome], *, now: float) -> Snapshot:
    """Return what the reads for some sections tell at `now`."""
    got = {section: outcome.reply for section, outcome in told.items() if isinstance(outcome, Got)}
    state = got.get("player") or got.get("current_track")
    return Snapshot(
        playback=None if state is None else playback_of(state),
        devices=Devices(got["devices"]) if "devices" in got else None,
        queue=queue_of(got["queue"]) if "queue" in got else None,
        errors={
            one: (outcome.error, now - outcome.at) for one, outcome in told.items() if isinstance(outcome, Miss)
        },
    )
