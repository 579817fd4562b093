"""The players that users start with: one plays, one is silent, and one is paused where commands cost money."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ops.simulator.people.users import User
from ops.simulator.player.devices import devices_of
from ops.simulator.player.player import Player
from ops.simulator.player.plays import Play, Plays
from ops.simulator.player.running_order import Context, Item
from ops.simulator.wallclock import NOON_S
from ops.simulator.world.world import World

NOON_MS: Final = int(NOON_S * 1000)
PLAY_EVERY_MS: Final = 300_000


@dataclass(frozen=True, slots=True)
class Start:
    """How a player starts: `on` tells whether the computer is active, `heard` how many plays there are."""

    on: bool
    playing: bool
    heard: int


STARTS: Final[Mapping[str, Start]] = {
    "demo": Start(on=True, playing=True, heard=50),
    "friend": Start(on=False, playing=False, heard=12),
    "freebie": Start(on=True, playing=False, heard=3),
}
SILENT: Final = Start(on=False, playing=False, heard=0)
"""Users that are not in the table."""


def player_of(user: User, world: World) -> Player:
    """The user's player, which starts at noon of the world's day with its first album."""
    return user.part(Player, lambda: _fresh(user, world))


def _fresh(user: User, world: World) -> Player:
    start = STARTS.get(user.id, SILENT)
    plays = Plays(_plays(world, start.heard))
    player = Player(devices_of(user.id), plays=plays, now_ms=NOON_MS)
    if start.on:
        album = world.albums[0]
        items = tuple(_item(world, number) for number in album.tracks)
        player.activate(player.devices[0], now_ms=NOON_MS)
        player.start(Context(items, f"spotify:album:{album.id}", "album"), at=0, position_ms=0, now_ms=NOON_MS)
    if start.on and not start.playing:
        player.pause(NOON_MS)
    return player


def _plays(world: World, count: int) -> Iterator[Play]:
    """Plays of early tracks, some of them more than once, the last of which ended at noon."""
    for ago in range(count - 1, -1, -1):
        number = ago * 7 % 40
        album = world.albums[world.tracks[number].album]
        context_uri = f"spotify:album:{album.id}" if ago % 3 else None
        yield Play(_item(world, number), NOON_MS - ago * PLAY_EVERY_MS, context_uri)


def _item(world: World, number: int) -> Item:
    return Item("track", world.tracks[number].id, world.tracks[number].duration_ms)
