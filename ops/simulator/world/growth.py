"""How a world comes to be: random draws in a fixed order, so that equal seeds give equal worlds."""

import itertools
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, TypeVar

from ops.simulator.world.ids import check_digits, spotify_id
from ops.simulator.world.landmarks import LANDMARKS, Landmark, LandmarkAlbum
from ops.simulator.world.markets import FEW_MARKETS, MARKETS
from ops.simulator.world.records import Album, AlbumKind, Artist, Playlist, Track
from ops.simulator.world.words import GENRES, LABELS, MOODS, OWNERS, SESSIONS, TONGUES, Tongue

T = TypeVar("T")

ARTISTS: Final = 1_500
ALBUMS: Final = 5_000
PLAYLISTS: Final = 300
HIDDEN_EVERY: Final = 9
EARLIEST: Final = date(1965, 1, 1)
KINDS: Final[tuple[tuple[AlbumKind, int, int], ...]] = (
    ("album", 7, 12),
    ("album", 7, 12),
    ("single", 1, 3),
    ("compilation", 10, 14),
    ("single", 1, 2),
    ("album", 6, 9),
)
"""Release kinds in turn, with the fewest and most tracks they hold: about six a release on average."""

SUFFIXES: Final = (
    "",
    "",
    "",
    "",
    "",
    "",
    " (Deluxe Edition)",
    " - Live",
    " - Remastered 2011",
    " (feat. {guest})",
)
LANDMARK_POPULARITY: Final = 96
"""Above everything generated, which stays at 89 or below."""


class Growth:
    """A world under construction: the record lists only ever get longer."""

    __slots__ = ("_random", "_seed", "_today", "_tongues", "albums", "artists", "tracks")

    def __init__(self, seed: int, *, today: date) -> None:
        self._seed = seed
        self._today = today
        self._random = random.Random(f"fermata:{seed}")  # noqa: S311 - repeatable draws are the purpose
        self._tongues: list[Tongue] = []
        self.artists: list[Artist] = []
        self.albums: list[Album] = []
        self.tracks: list[Track] = []

    def plant_landmarks(self) -> None:
        """Add the performers that every world has; their identifiers depend on their names alone."""
        for landmark in LANDMARKS:
            number = len(self.artists)
            artist_id = spotify_id("artist", landmark.name)
            self.artists.append(
                Artist(number, artist_id, landmark.name, landmark.genres, 1_204_519 - number, LANDMARK_POPULARITY)
            )
            self._tongues.append(next(tongue for tongue in TONGUES if tongue.country == landmark.country))
            for album in landmark.albums:
                self._plant_album(landmark, album, artist=number)

    def grow(self) -> None:
        """Fill up with generated artists, then with their albums."""
        self._grow_artists()
        # Landmarks keep their fixed discographies. The power spreads the rest unevenly, as in life.
        first, crowd = len(LANDMARKS), len(self.artists) - len(LANDMARKS)
        spare = ALBUMS - len(self.albums) - crowd
        owners = list(range(first, first + crowd))
        owners += [first + int(self._random.random() ** 1.3 * crowd) for _ in range(spare)]
        for turn, owner in enumerate(sorted(owners)):
            self._grow_album(owner, kind=KINDS[turn % len(KINDS)])

    def playlists(self) -> tuple[Playlist, ...]:
        """User playlists, among which every ninth is one of Spotify's own."""
        rng = self._random
        names = itertools.product(MOODS, SESSIONS, ("", " II", " III"))
        return tuple(
            Playlist(
                number=number,
                id=spotify_id("playlist", self._seed, number),
                name=f"{mood} {session}{series}",
                owner=_pick(rng, OWNERS),
                size=20 + int(rng.random() * 180),
                hidden=number % HIDDEN_EVERY == HIDDEN_EVERY // 2,
                popularity=int(rng.random() * 90),
            )
            for number, (mood, session, series) in enumerate(itertools.islice(names, PLAYLISTS))
        )

    def _grow_artists(self) -> None:
        rng = self._random
        taken = {artist.name for artist in self.artists}
        tongues = [tongue for tongue in TONGUES for _ in range(tongue.share)]
        while len(self.artists) < ARTISTS:
            tongue = _pick(rng, tongues)
            name = tongue.joiner.join((_pick(rng, tongue.bands[0]), _pick(rng, tongue.bands[1])))
            if name in taken:
                continue
            taken.add(name)
            number = len(self.artists)
            popularity = int(89 * rng.random() ** 2)
            genres = tuple(dict.fromkeys((_pick(rng, GENRES), _pick(rng, GENRES))))
            artist_id = spotify_id("artist", self._seed, number)
            followers = int(rng.random() * 40 * (popularity + 1) ** 3)
            self.artists.append(Artist(number, artist_id, name, genres, followers, popularity))
            self._tongues.append(tongue)

    def _plant_album(self, landmark: Landmark, album: LandmarkAlbum, *, artist: int) -> None:
        record = Album(
            number=len(self.albums),
            id=spotify_id("album", landmark.name, album.name),
            name=album.name,
            kind=album.kind,
            artist=artist,
            tracks=range(len(self.tracks), len(self.tracks) + len(album.tracks)),
            released=album.released,
            label=LABELS[0],
            upc="5" + check_digits("upc", landmark.name, album.name, count=11),
            popularity=LANDMARK_POPULARITY - 2,
            markets=MARKETS,
        )
        self.albums.append(record)
        for position, name in enumerate(album.tracks, start=1):
            track_id = spotify_id("track", landmark.name, album.name, position)
            isrc = f"{landmark.country}LM1{album.released[2:4]}{len(self.tracks):05d}"
            self._plant_track(record, name, position=position, track_id=track_id, isrc=isrc)

    def _plant_track(self, album: Album, name: str, *, position: int, track_id: str, isrc: str) -> None:
        self.tracks.append(
            Track(
                number=len(self.tracks),
                id=track_id,
                name=name,
                album=album.number,
                artists=(album.artist,),
                position=position,
                duration_ms=150_000 + int(check_digits("length", name, count=5)),
                explicit=False,
                popularity=max(90, LANDMARK_POPULARITY - position),
                isrc=isrc,
            )
        )

    def _grow_album(self, owner: int, *, kind: tuple[AlbumKind, int, int]) -> None:
        rng = self._random
        name, fewest, most = kind
        number, first = len(self.albums), len(self.tracks)
        size = fewest + int(rng.random() * (most - fewest + 1))
        titles = [self._title(owner) for _ in range(size)]
        album = Album(
            number=number,
            id=spotify_id("album", self._seed, number),
            name=titles[0] if name == "single" else self._title(owner),
            kind=name,
            artist=owner,
            tracks=range(first, first + size),
            released=self._release_date(),
            label=_pick(rng, LABELS),
            upc=f"0{self._seed % 10_000:04d}{number:07d}",
            popularity=int(self.artists[owner].popularity * rng.random()),
            markets=MARKETS if rng.random() < 0.95 else FEW_MARKETS,  # noqa: PLR2004 - one release in twenty
        )
        self.albums.append(album)
        for position, title in enumerate(titles, start=1):
            self._grow_track(album, title, position=position)

    def _grow_track(self, album: Album, title: str, *, position: int) -> None:
        rng = self._random
        number = len(self.tracks)
        performers: tuple[int, ...] = (album.artist,)
        suffix = SUFFIXES[int(rng.random() * rng.random() * len(SUFFIXES))]
        if "{guest}" in suffix:
            guest = int(rng.random() * len(self.artists))
            performers = tuple(dict.fromkeys((album.artist, guest)))
            suffix = suffix.format(guest=self.artists[guest].name) if guest != album.artist else ""
        self.tracks.append(
            Track(
                number,
                spotify_id("track", self._seed, number),
                title + suffix,
                album.number,
                performers,
                position,
                90_000 + int(rng.random() * 240_000),
                rng.random() < 0.1,  # noqa: PLR2004 - one track in ten
                int(self.artists[album.artist].popularity * rng.random()),
                f"{self._tongues[album.artist].country}FRM{album.released[2:4]}{number:05d}",
            )
        )

    def _title(self, owner: int) -> str:
        tongue = self._tongues[owner]
        return tongue.joiner.join((_pick(self._random, tongue.titles[0]), _pick(self._random, tongue.titles[1])))

    def _release_date(self) -> str:
        # The draw is bent towards today: a catalogue has far more recent releases than old ones.
        draw = self._random.random()
        age_days = int((self._today - EARLIEST).days * self._random.random() ** 2)
        day = (self._today - timedelta(days=age_days)).isoformat()
        return day if draw < 0.9 else day[: 7 if draw < 0.95 else 4]  # noqa: PLR2004 - shares of each precision


def _pick(rng: random.Random, choices: Sequence[T]) -> T:
    # Several times faster than random.choice, which 100,000 draws at start-up would feel.
    return choices[int(rng.random() * len(choices))]
