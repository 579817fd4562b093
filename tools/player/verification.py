"""Looks at the player after commands: once, and once more if Spotify does not show yet what was asked for."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from gateway.errors import SpotifyError
from gateway.steps import Reply
from tools.player.asker import Asker
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
        upstream_calls: What it cost.
    """

    playback: Playback = SILENT
    unmet: Sequence[Wish] = ()
    error: SpotifyError | None = None
    upstream_calls: int = 0


async def verify(
    wishes: Sequence[Wish], asker: Asker, *, sleep: Callable[[float], Awaitable[None]]
) -> Verification:
    """Return what the player shows of `wishes`; never raises `SpotifyError`."""
    try:
        first = await _look(asker)
    except SpotifyError as error:
        return Verification(error=error)
    seen = _judged(first, wishes)
    # A first look that had to be repeated has cost what there is.
    if not seen.unmet or seen.upstream_calls > 1 or asker.left_s <= _SETTLE_S:
        return seen
    await sleep(_SETTLE_S)
    try:
        second = await _look(asker)
    except SpotifyError:
        return seen
    return _judged(second, wishes, spent=seen.upstream_calls)


async def _look(asker: Asker) -> Reply:
    # Every command makes what was read before unfindable, so neither the cache nor a read that is
    # already under way can answer this.
    return await asker.ask(*STATE_READ, patience_s=_PATIENCE_S)


def _judged(reply: Reply, wishes: Sequence[Wish], *, spent: int = 0) -> Verification:
    playback = playback_of(reply)
    unmet = tuple(wish for wish in wishes if not wish.holds(playback))
    return Verification(playback, unmet, upstream_calls=spent + reply.upstream_calls)
