"""Playlists as their owners see them: what can change about one, and who may read or change it."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ops.simulator.people.tape import Entry, Tape
from ops.simulator.wallclock import NOON_S
from ops.simulator.world.ids import spotify_id
from ops.simulator.world.records import Playlist as ListedPlaylist
from ops.simulator.world.world import World

DAY_S: Final = 86_400.0
SPOTIFY: Final = "spotify"
"""The id of the user that Spotify itself is."""


@dataclass(slots=True, kw_only=True, eq=False)
class Playlist:
    """One playlist and its mutable state.

    Attributes:
        id: identifier.
        owner: id of the user who made it.
        name: title.
        description: text, which may be empty.
        public: whether it shows on the owner's profile.
        collaborative: whether collaborators may change its items; never while public.
        collaborators: ids of users beside the owner.
        tape: the items.
        cover: digest of the picture that was uploaded, if any.
        fans: followers from outside this world.
        hidden: whether Spotify made it, so that it is null in lists and unknown to direct reads.
    """

    id: str
    owner: str
    name: str
    tape: Tape
    description: str = ""
    public: bool = True
    collaborative: bool = False
    collaborators: frozenset[str] = frozenset()
    cover: str | None = None
    fans: int = 0
    hidden: bool = False

    def is_edited_by(self, user_id: str | None) -> bool:
        """Whether a user may change its items."""
        return user_id == self.owner or (self.collaborative and user_id in self.collaborators)

    def is_seen_by(self, user_id: str | None) -> bool:
        """Whether a user may read it at all; None stands for an application token."""
        return not self.hidden and (self.public or self.is_edited_by(user_id))

    @property
    def read_scopes(self) -> tuple[str, ...]:
        """What a token needs to read it."""
        if self.collaborative:
            return ("playlist-read-collaborative",)
        return () if self.public else ("playlist-read-private",)

    @property
    def write_scope(self) -> str:
        """What a token needs to change it."""
        return "playlist-modify-public" if self.public else "playlist-modify-private"


class Playlists:
    """All playlists by id: those that users have and those of the catalogue, which stay as they are."""

    __slots__ = ("_known", "_seed", "_serial", "_world")

    def __init__(self, world: World, seed: int, *, known: Iterable[Playlist] = ()) -> None:
        self._world = world
        self._seed = seed
        self._serial = 0
        self._known = {playlist.id: playlist for playlist in known}

    def get(self, playlist_id: str) -> Playlist | None:
        """The playlist of an id, or None."""
        listed = self._world.playlist_by_id.get(playlist_id)
        return self._known.get(playlist_id) if listed is None else self.unfold(listed)

    def unfold(self, listed: ListedPlaylist) -> Playlist:
        """The playlist behind a record of the catalogue."""
        if listed.id not in self._known:
            self._known[listed.id] = _unfolded(listed, self._world)
        return self._known[listed.id]

    def of(self, owner: str) -> Iterator[Playlist]:
        """The playlists that a user made, oldest first."""
        for listed in self._world.playlists:
            if listed.owner == owner:
                self.unfold(listed)
        return (playlist for playlist in self._known.values() if playlist.owner == owner)

    def create(self, owner: str, *, name: str, description: str, public: bool, collaborative: bool) -> Playlist:
        """A new, empty playlist."""
        self._serial += 1
        playlist_id = spotify_id("playlist", self._seed, owner, "made", self._serial)
        self._known[playlist_id] = Playlist(
            id=playlist_id,
            owner=owner,
            name=name,
            tape=Tape(playlist_id),
            description=description,
            public=public,
            collaborative=collaborative,
        )
        return self._known[playlist_id]


def _unfolded(listed: ListedPlaylist, world: World) -> Playlist:
    rng = random.Random(listed.id)  # noqa: S311 - repeatable draws are the purpose
    tracks = rng.sample(range(len(world.tracks)), listed.size)
    entries = (
        Entry(f"spotify:track:{world.tracks[number].id}", listed.owner, NOON_S - DAY_S * (listed.size - turn))
        for turn, number in enumerate(tracks)
    )
    return Playlist(
        id=listed.id,
        owner=listed.owner,
        name=listed.name,
        tape=Tape(listed.id, entries),
        fans=listed.popularity,
        hidden=listed.hidden,
    )
