"""Names that every fake world contains, whatever its seed, for examples and tests to lean on.

They outrank everything generated, so a search for one finds it first, and their identifiers never change.
"""

from dataclasses import dataclass
from typing import Final

from ops.simulator.world.records import AlbumKind


@dataclass(frozen=True, slots=True)
class LandmarkAlbum:
    """A release with a fixed name, date and running order."""

    name: str
    kind: AlbumKind
    released: str
    tracks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Landmark:
    """A performer with a fixed discography; `country` starts the recording codes."""

    name: str
    country: str
    genres: tuple[str, ...]
    albums: tuple[LandmarkAlbum, ...]


@dataclass(frozen=True, slots=True)
class SpokenWork:
    """A show or an audiobook before it has parts; `maker` publishes the one and wrote the other."""

    name: str
    language: str
    maker: str
    parts: int


SHOWS: Final = (
    SpokenWork("The Lamplight Hour", "en", "Low Tide Audio", 64),
    SpokenWork("Quai des brumes lentes", "fr", "Studio Sourdine", 24),
)
AUDIOBOOKS: Final = (
    SpokenWork("The Ledger of Small Lights", "en", "Maren Holloway", 58),
    SpokenWork("Los inviernos del faro", "es", "Inés Quiroga", 21),
)

LANDMARKS: Final = (
    Landmark(
        "Nightjar Avenue",
        "GB",
        ("dream pop", "shoegaze"),
        (
            LandmarkAlbum(
                "Harbour Lights at Dawn",
                "album",
                "2019-05-17",
                (
                    "Paper Lanterns",
                    "Night Ferry",
                    "Saltglass",
                    "The Cartographer's Daughter",
                    "Low Tide Telegraph",
                    "Sleepwalker's Waltz",
                    "Carousel in the Rain",
                    "Every Window Lit",
                    "Moth Season",
                    "Home by Lamplight",
                ),
            ),
            LandmarkAlbum("Signal Fires", "single", "2026-11-13", ("Signal Fires", "Signal Fires - Acoustic")),
            LandmarkAlbum(
                "The Lamplighter Sessions",
                "compilation",
                "2023",
                tuple(f"Lamplighter Sketch No. {number}" for number in range(1, 63)),
            ),
        ),
    ),
    Landmark(
        "Ondes Légères",
        "FR",
        ("chanson", "ambient pop"),
        (
            LandmarkAlbum(
                "Été à la fenêtre",
                "album",
                "2021-06-21",
                ("Café des brumes", "Été à la fenêtre", "L'île d'à côté"),
            ),
        ),
    ),
    Landmark(
        "Тихий Семафор",
        "RU",
        ("coldwave",),
        (
            LandmarkAlbum(
                "Станция Ночь", "album", "2018-02", ("Последняя электричка", "Зелёный свет", "Станция Ночь")
            ),
        ),
    ),
    Landmark(
        "夜行灯台",
        "JP",
        ("city pop",),
        (
            LandmarkAlbum(
                "真夜中航路", "album", "1984-08-25", ("真夜中航路", "ガラスの観覧車通り", "さよなら桟橋")
            ),
        ),
    ),
    Landmark(
        "달빛 정류장",
        "KR",
        ("k-indie",),
        (LandmarkAlbum("첫차를 기다리며", "album", "2022-03-04", ("첫차를 기다리며", "우산 하나")),),
    ),
    Landmark(
        "قافلة القمر",
        "EG",
        ("world fusion",),
        (LandmarkAlbum("طريق الياسمين", "album", "2015-09-01", ("طريق الياسمين", "آخر القوافل")),),
    ),
)
