"""The users that every simulator starts with, and what they have kept so far; all decided by one seed."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from ops.simulator.people.playlists import DAY_S, SPOTIFY, Playlist
from ops.simulator.people.shelf import Shelf
from ops.simulator.people.tape import Entry, Tape
from ops.simulator.people.users import Kind, Product, User
from ops.simulator.wallclock import NOON_S
from ops.simulator.world.ids import spotify_id
from ops.simulator.world.world import World


class Work(Protocol):
    """Any record of the catalogue."""

    @property
    def id(self) -> str:
        """Identifier."""
        ...


_KNOWN: Final[Mapping[Kind, Callable[[World, str], Sequence[Work]]]] = {
    "track": lambda world, _country: world.tracks,
    "artist": lambda world, _country: world.artists,
    "album": lambda world, _country: world.albums,
    "show": lambda world, country: [show for show in world.shows if country in show.markets],
    "episode": lambda world, country: [
        world.episodes[number] for show in world.shows if country in show.markets for number in show.episodes
    ],
    "audiobook": lambda world, country: [book for book in world.audiobooks if country in book.markets],
}
Person = tuple[str, str, str, Product, int]
"""Id, name, country, subscription and followers."""

PEOPLE: Final[tuple[Person, ...]] = (
    ("demo", "Demo Listener", "US", "premium", 12),
    ("friend", "Frida Friend", "GB", "premium", 345),
    ("freebie", "Freddie Free", "DE", "free", 0),
)

SAVED: Final[Mapping[str, Mapping[Kind, int]]] = {
    "demo": {"track": 60, "album": 20, "show": 4, "episode": 6, "audiobook": 3, "artist": 25},
    "friend": {"track": 30, "album": 5, "artist": 8},
    "freebie": {"track": 3, "artist": 1},
}
"""How much of each kind a user starts with."""

FOLLOWED_USERS: Final[Mapping[str, tuple[str, ...]]] = {"demo": ("friend", "quietkeys"), "friend": ("demo",)}
LONG, FERRY, TABLE, PRIVATE, ODDS = (
    "Road Trip, the Long Way",
    "Evenings on the Ferry",
    "Kitchen Table",
    "Not for Your Ears",
    "Odds and Ends",
)
HARBOUR, SUNDAY, DRAFT = "Frida's Harbour Mix", "Sunday Papers", "Draft, Do Not Look"
DAILY: Final = "Daily Mix 1"
TITLES: Final[tuple[tuple[str, str, int, bool], ...]] = (
    ("demo", LONG, 264, True),
    ("demo", FERRY, 24, True),
    ("demo", TABLE, 12, False),
    ("demo", PRIVATE, 8, False),
    ("demo", ODDS, 6, True),
    ("friend", HARBOUR, 30, True),
    ("friend", SUNDAY, 15, True),
    ("friend", DRAFT, 5, False),
    ("freebie", "First Steps", 3, True),
    (SPOTIFY, DAILY, 50, True),
)
"""Owner, name, size and whether it is public, oldest first."""

FOLLOWED_PLAYLISTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "demo": (("friend", HARBOUR), (SPOTIFY, DAILY)),
    "friend": (("demo", TABLE), ("demo", FERRY)),
}


def playlist_id(owner: str, name: str) -> str:
    """The identifier of a playlist that every simulator starts with, whatever its seed."""
    return spotify_id("playlist", owner, name)


def found(world: World, seed: int) -> tuple[tuple[User, ...], tuple[Playlist, ...]]:
    """The first users and their playlists."""
    rng = random.Random(f"society:{seed}")  # noqa: S311 - repeatable draws are the purpose
    playlists = tuple(_playlist(world, rng, owner=row[0], name=row[1], row=row[2:]) for row in TITLES)
    users = (make_user(world, rng, seed=seed, person=person, saved=SAVED[person[0]]) for person in PEOPLE)
    return tuple(users), playlists


def make_user(world: World, rng: random.Random, *, seed: int, person: Person, saved: Mapping[Kind, int]) -> User:
    """A user who has `saved` that much of each kind."""
    user_id, name, country, product, followers = person
    user = User(
        id=user_id,
        account_id=spotify_id("account", seed, user_id)[:10],
        display_name=name,
        country=country,
        product=product,
        email=f"{user_id}@fermata.example",
        followers=followers,
    )
    for kind, count in saved.items():
        user.shelves[kind] = Shelf(_dated(_some(world, rng, kind=kind, count=count, country=country), rng))
    user.shelves["user"] = Shelf(_dated(FOLLOWED_USERS.get(user_id, ()), rng))
    own = [playlist_id(owner, title) for owner, title, _, _ in TITLES if owner == user_id]
    followed = [playlist_id(*pair) for pair in FOLLOWED_PLAYLISTS.get(user_id, ())]
    user.shelves["playlist"] = Shelf(_dated(followed + own, rng))
    return user


def _some(world: World, rng: random.Random, *, kind: Kind, count: int, country: str) -> list[str]:
    """Identifiers of works of a kind; the landmarks that every world has come last, as the latest found."""
    known = _KNOWN[kind](world, country)
    landmarks = min(3, count)
    numbers = [*rng.sample(range(landmarks, len(known)), count - landmarks), *reversed(range(landmarks))]
    return [known[number].id for number in numbers]


def _dated(ids: Sequence[str], rng: random.Random) -> Iterator[tuple[str, float]]:
    for turn, one in enumerate(ids):
        yield one, NOON_S - DAY_S * (len(ids) - turn) - int(rng.random() * DAY_S / 2)


def _playlist(world: World, rng: random.Random, *, owner: str, name: str, row: tuple[int, bool]) -> Playlist:
    size, public = row
    identifier, shared = playlist_id(owner, name), name == TABLE
    uris = _odds(world) if name == ODDS else _uris(world, rng, size=size)
    entries = (
        Entry(uri, "friend" if shared and turn % 2 else owner, at)
        for turn, (uri, at) in enumerate(_dated(uris, rng))
    )
    return Playlist(
        id=identifier,
        owner=owner,
        name=name,
        tape=Tape(identifier, entries),
        description=f"{size} songs, kept by {owner}.",
        public=public,
        collaborative=shared,
        collaborators=frozenset({"friend"}) if shared else frozenset(),
        fans=int(rng.random() * 40) if public else 0,
        hidden=owner == SPOTIFY,
    )


def _uris(world: World, rng: random.Random, *, size: int) -> list[str]:
    numbers = [*range(min(size, 4)), *rng.sample(range(100, len(world.tracks)), max(0, size - 4))]
    return [f"spotify:track:{world.tracks[number].id}" for number in numbers]


def _odds(world: World) -> list[str]:
    """What playlists hold in life: the same song twice, a podcast, a file of one's own, a song that is gone."""
    first, second = (f"spotify:track:{world.tracks[number].id}" for number in (0, 1))
    episode = f"spotify:episode:{world.episodes[0].id}"
    gone = f"spotify:track:{spotify_id('track', 'gone for ever')}"
    return [first, episode, second, first, "spotify:local:Garage+Days::Rehearsal+Tape:184", gone]
