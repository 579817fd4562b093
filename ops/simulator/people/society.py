"""The users of one simulator and all playlists; the same seed always starts with the same ones."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ops.simulator.people.founders import found
from ops.simulator.people.playlists import SPOTIFY, Playlist, Playlists
from ops.simulator.people.users import User
from ops.simulator.world.words import OWNERS
from ops.simulator.world.world import World

_STRANGERS: Final[Mapping[str, str]] = {**{owner: owner for owner in OWNERS}, SPOTIFY: "Spotify"}
"""Names of users who made playlists of the catalogue and cannot sign in, by id."""


class Society:
    """All users by id; their state is as mutable as in life."""

    __slots__ = ("_users", "playlists")

    def __init__(self, users: Iterable[User], playlists: Playlists) -> None:
        self._users = {user.id: user for user in users}
        self.playlists = playlists

    @staticmethod
    def of(world: World, seed: int) -> "Society":
        """The society of a seed in its first state, which shares nothing mutable with any other."""
        users, known = found(world, seed)
        return Society(users, Playlists(world, seed, known=known))

    def __len__(self) -> int:
        return len(self._users)

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def join(self, user: User) -> None:
        """Let one more user in."""
        self._users[user.id] = user

    def user(self, user_id: str) -> User | None:
        """The user of an id who can sign in, or None."""
        return self._users.get(user_id)

    def name_of(self, user_id: str) -> str | None:
        """The name to show for an id, also of users who only ever made playlists; None for nobody."""
        user = self._users.get(user_id)
        if user is not None:
            return user.display_name
        return _STRANGERS.get(user_id)

    def followers_of(self, playlist: Playlist) -> int:
        """How many follow a playlist, its owner not counted."""
        here = (user for user in self if user.id != playlist.owner and playlist.id in user.shelves["playlist"])
        return playlist.fans + sum(1 for _ in here)
