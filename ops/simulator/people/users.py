"""Users: who they are, which never changes, and what they keep, which does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar, get_args

from ops.simulator.people.shelf import Shelf

Product = Literal["premium", "free"]
Kind = Literal["track", "album", "show", "episode", "audiobook", "artist", "user", "playlist"]
"""What a user can save or follow, by the word in its URI."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
P = TypeVar("P")


def _shelves() -> dict[Kind, Shelf]:
    return {kind: Shelf() for kind in KINDS}


@dataclass(slots=True, kw_only=True, eq=False)
class User:
    """One user and the user's mutable state.

    Attributes:
        id: name of the account, which other users see.
        account_id: the key that never changes and says nothing.
        display_name: name to show.
        country: country of the account, which is the market of all the user's calls.
        product: subscription.
        email: address.
        followers: users who follow this one from outside this world.
        shelves: what the user saved or follows, by kind; own playlists are on the playlist shelf too.
    """

    id: str
    account_id: str
    display_name: str
    country: str
    product: Product
    email: str
    followers: int
    shelves: dict[Kind, Shelf] = field(default_factory=_shelves)
    _parts: dict[type, Any] = field(default_factory=dict)

    def part(self, kind: type[P], make: Callable[[], P]) -> P:
        """State of a type that other modules keep with a user, such as the player; made when first asked for."""
        if kind not in self._parts:
            self._parts[kind] = make()
        part: P = self._parts[kind]
        return part
