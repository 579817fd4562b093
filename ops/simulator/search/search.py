"""Search over the fake world: a result really matches its query, and equal queries have equal results."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from heapq import nsmallest
from itertools import chain
from typing import Final, Literal, Protocol

from ops.simulator.search.names import NameIndex
from ops.simulator.search.query import Term, parse_query
from ops.simulator.world.world import TODAY, World

Kind = Literal["artist", "album", "track", "playlist", "show", "episode", "audiobook"]

TOTAL_CAP: Final = 1_000
NEW_FOR: Final = timedelta(days=14)
HIPSTER_POPULARITY: Final = 9
_YEARS: Final = re.compile(r"(\d{4})(?:-(\d{4}))?", re.ASCII)


class Ranked(Protocol):
    """Anything that can be found."""

    @property
    def number(self) -> int:
        """Position among its kind."""
        ...

    @property
    def name(self) -> str:
        """What it is found by."""
        ...

    @property
    def popularity(self) -> int:
        """What decides among equals."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """One page of record numbers, best first, and how many records match, 1,000 at most."""

    numbers: tuple[int, ...]
    total: int


class SearchIndex:
    """Every name and code of one world, ready to be searched.

    A filter that Spotify does not offer for a kind, such as `upc:` on tracks, matches nothing of that kind.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        kinds: Mapping[Kind, Sequence[Ranked]] = {
            "artist": world.artists,
            "album": world.albums,
            "track": world.tracks,
            "playlist": world.playlists,
            "show": world.shows,
            "episode": world.episodes,
            "audiobook": world.audiobooks,
        }
        self._names = {kind: NameIndex(record.name for record in records) for kind, records in kinds.items()}
        self._rank = {kind: _ranks(records) for kind, records in kinds.items()}
        self._makers = {
            "show": NameIndex(show.publisher for show in world.shows),
            "audiobook": NameIndex(book.author for book in world.audiobooks),
        }
        self._isrc = {track.isrc: track.number for track in world.tracks}
        self._upc = {album.upc: album.number for album in world.albums}
        self._conditions = self._offered()

    @staticmethod
    def of(seed: int) -> "SearchIndex":
        """The index of the world of a seed; equal seeds share one, which is safe because it is never changed."""
        return _index_of(seed)

    def find(
        self, kind: Kind, text: str, *, limit: int, offset: int = 0, keep: Callable[[int], bool] | None = None
    ) -> Found:
        """One page of the records that meet every condition of the query `text`, and `keep` where it is given.

        Exact names come first, then names that begin with the query; popularity decides among equals.
        """
        terms = parse_query(text)
        matches = set(filter(keep, self._matches(kind, terms))) if keep else self._matches(kind, terms)
        total = min(len(matches), TOTAL_CAP)
        name = " ".join(word for term in terms if term.field in (None, kind) for word in term.words)
        exact, prefix = (self._names[kind].named(name, prefix=prefix) for prefix in (False, True))
        rank, size = self._rank[kind], len(self._rank[kind])

        def place(number: int) -> int:
            return rank[number] + size * ((number not in exact) + (number not in prefix))

        best = nsmallest(min(offset + limit, total), matches, key=place)
        return Found(tuple(best[offset:]), total)

    def _offered(self) -> Mapping[tuple[Kind, str | None], Callable[[Term], set[int]]]:
        return {
            ("artist", None): self._artists,
            ("artist", "artist"): self._artists,
            ("artist", "genre"): self._genre,
            ("artist", "year"): lambda term: {
                self._world.albums[number].artist for number in self._released(term)
            },
            ("album", None): lambda term: self._named("album", term) | self._albums_of(self._artists(term)),
            ("album", "album"): lambda term: self._named("album", term),
            ("album", "artist"): lambda term: self._albums_of(self._artists(term)),
            ("album", "year"): self._released,
            ("album", "upc"): lambda term: _one(self._upc.get(term.raw)),
            ("album", "tag"): self._tagged,
            ("track", None): self._tracks,
            ("track", "track"): lambda term: self._named("track", term),
            ("track", "album"): lambda term: self._tracks_on(self._named("album", term)),
            ("track", "artist"): lambda term: self._tracks_by(self._artists(term)),
            ("track", "genre"): lambda term: self._tracks_by(self._genre(term)),
            ("track", "year"): lambda term: self._tracks_on(self._released(term)),
            ("track", "isrc"): lambda term: _one(self._isrc.get(term.raw.upper())),
            ("playlist", None): lambda term: self._named("playlist", term),
            ("show", None): lambda term: self._named("show", term) | _among(self._makers["show"], term),
            ("episode", None): lambda term: self._named("episode", term) | self._episodes_of(term),
            ("audiobook", None): lambda term: (
                self._named("audiobook", term) | _among(self._makers["audiobook"], term)
            ),
        }

    def _matches(self, kind: Kind, terms: Sequence[Term]) -> set[int]:
        matches: set[int] | None = None
        for term in terms:
            condition = self._conditions.get((kind, term.field), _nothing)
            found = condition(term)
            matches = found if matches is None else matches & found
            if not matches:
                break
        return matches or set()

    def _named(self, kind: Kind, term: Term) -> set[int]:
        return _among(self._names[kind], term)

    def _artists(self, term: Term) -> set[int]:
        return self._named("artist", term)

    def _tracks(self, term: Term) -> set[int]:
        found = self._named("track", term)
        found |= self._tracks_on(self._named("album", term))
        return found | self._tracks_by(self._artists(term))

    def _albums_of(self, artists: Iterable[int]) -> set[int]:
        return set(chain.from_iterable(map(self._world.albums_of.__getitem__, artists)))

    def _tracks_on(self, albums: Iterable[int]) -> set[int]:
        return set(chain.from_iterable(self._world.albums[number].tracks for number in albums))

    def _tracks_by(self, artists: Iterable[int]) -> set[int]:
        return set(chain.from_iterable(map(self._world.tracks_of.__getitem__, artists)))

    def _episodes_of(self, term: Term) -> set[int]:
        return set(chain.from_iterable(self._world.shows[number].episodes for number in self._named("show", term)))

    def _genre(self, term: Term) -> set[int]:
        genre = term.raw.casefold()
        return {artist.number for artist in self._world.artists if genre in artist.genres}

    def _released(self, term: Term) -> set[int]:
        if (years := _YEARS.fullmatch(term.raw)) is None:
            return set()
        first, last = years[1], years[2] or years[1]
        return {album.number for album in self._world.albums if first <= album.released[:4] <= last}

    def _tagged(self, term: Term) -> set[int]:
        if term.words == ("new",):
            oldest = (TODAY - NEW_FOR).isoformat()
            return {album.number for album in self._world.albums if album.released >= oldest}
        if term.words == ("hipster",):
            return {album.number for album in self._world.albums if album.popularity <= HIPSTER_POPULARITY}
        return set()


def _among(names: NameIndex, term: Term) -> set[int]:
    return names.with_phrase(term.words) if term.exact else names.with_words(term.words)


def _ranks(records: Sequence[Ranked]) -> list[int]:
    ranks = [0] * len(records)
    ordered = sorted(records, key=lambda record: (-record.popularity, record.number))
    for rank, record in enumerate(ordered):
        ranks[record.number] = rank
    return ranks


def _one(number: int | None) -> set[int]:
    return set() if number is None else {number}


def _nothing(_term: Term) -> set[int]:
    return set()


# See the memo of worlds: the index of 50,000 names is the other half of starting up.
@lru_cache(maxsize=2)
def _index_of(seed: int) -> SearchIndex:
    return SearchIndex(World.of(seed))
