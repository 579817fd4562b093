"""Looks at the player after commands: once, and once more if Spotify does not show yet what was asked for."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from gateway.errors import SpotifyError
from tools.errand import Errand
from tools.outcome import Got, Outcome
from tools.player.playback import SILENT, STATE_READ, Playback, playback_of
from tools.player.wishes import Wish

_SETTLE_S = 0.3
_PATIENCE_S = 3.0
"""How long a look may take: the commands are done, and what they did must not be told late for want of budget."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was seen after commands.

    Attributes:
        playback: The player; silent if it could not be read.
        unmet: Wishes that it does not show.
        error: Why it could not be read; None if it was.
    """

    playback: Playback = SILENT
    unmet: Sequence[Wish] = ()
    error: SpotifyError | None = None


async def verify(
    wishes: Sequence[Wish], errand: Errand, *, sleep: Callable[[float], Awaitable[None]]
) -> Verification:
    """Return what the player shows of `wishes`; never raises `SpotifyError`."""
    first = await _look(errand)
    if not isinstance(first, Got):
        return Verification(error=first.error)
    seen = _judged(first, wishes)
    # A first look that had to be repeated has cost what there is.
    if not seen.unmet or first.reply.upstream_calls > 1 or errand.left_s <= _SETTLE_S:
        return seen
    await sleep(_SETTLE_S)
    second = await _look(errand)
    return _judged(second, wishes) if isinstance(second, Got) else seen


async def _look(errand: Errand) -> Outcome:
    # Every command makes what was read before unfindable, so neither the cache nor a read that is
    # already under way can answer this.
    return await errand.ask_in_time(STATE_READ, patience_s=_PATIENCE_S)


def _judged(look: Got, wishes: Sequence[Wish]) -> Verification:
    playback = playback_of(look.reply)
    unmet = tuple(wish for wish in wishes if not wish.holds(playback))
    return Verification(playback, unmet)
