"""What the fake world is made of; records refer to each other by number, the position in the world's tuples."""

from dataclasses import dataclass
from typing import Literal

AlbumKind = Literal["album", "single", "compilation"]


@dataclass(frozen=True, slots=True)
class Artist:
    """A performer; `popularity` is 0 to 100."""

    number: int
    id: str
    name: str
    genres: tuple[str, ...]
    followers: int
    popularity: int


@dataclass(frozen=True, slots=True)
class Album:
    """A release; `tracks` are consecutive track numbers, `released` has the precision of its length."""

    number: int
    id: str
    name: str
    kind: AlbumKind
    artist: int
    tracks: range
    released: str
    label: str
    upc: str
    popularity: int
    markets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """A recording on an album; `artists` has the main one first."""

    number: int
    id: str
    name: str
    album: int
    artists: tuple[int, ...]
    position: int
    duration_ms: int
    explicit: bool
    popularity: int
    isrc: str


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist; one that Spotify made itself (`hidden`) appears as null wherever it is listed."""

    number: int
    id: str
    name: str
    owner: str
    size: int
    hidden: bool
    popularity: int


@dataclass(frozen=True, slots=True)
class Show:
    """A podcast; `episodes` are consecutive episode numbers, the newest first."""

    number: int
    id: str
    name: str
    publisher: str
    language: str
    explicit: bool
    episodes: range
    popularity: int
    markets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Episode:
    """One part of a show; `position` counts from 1, the oldest."""

    number: int
    id: str
    name: str
    show: int
    position: int
    released: str
    duration_ms: int
    popularity: int


@dataclass(frozen=True, slots=True)
class Audiobook:
    """A book read aloud; `chapters` are consecutive chapter numbers."""

    number: int
    id: str
    name: str
    author: str
    narrator: str
    publisher: str
    language: str
    chapters: range
    released: str
    popularity: int
    markets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of an audiobook; `position` counts from 0, as Spotify's chapter numbers do."""

    number: int
    id: str
    name: str
    audiobook: int
    position: int
    duration_ms: int
