"""How the spoken half of a world comes to be: draws of its own in a fixed order, which never disturb the music."""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import chain, count
from typing import Final, TypeVar

from ops.simulator.world.ids import spotify_id
from ops.simulator.world.landmarks import AUDIOBOOKS, SHOWS, SpokenWork
from ops.simulator.world.markets import AUDIOBOOK_MARKETS, FEW_MARKETS, MARKETS
from ops.simulator.world.records import Audiobook, Chapter, Episode, Show
from ops.simulator.world.spoken_words import VOICES, Voice

T = TypeVar("T")

SHOW_COUNT: Final = 240
AUDIOBOOK_COUNT: Final = 200
CADENCES: Final = (1, 7, 7, 7, 14, 30)
"""Days between the episodes of a show."""

HEADINGS: Final[tuple[Callable[[int, str], str], ...]] = (
    lambda _position, title: title,
    lambda position, title: f"{position}. {title}",
    lambda position, title: f"Ep. {position}: {title}",
    lambda position, title: f"{title} (#{position})",
)
"""Ways in which shows head their episodes; each show keeps to one."""

DRAWS: Final = 12
"""Names tried for one work before a sequel is made of the last."""

LANDMARK_POPULARITY: Final = 96
"""Above everything generated, which stays at 89 or below."""


class SpokenGrowth:
    """Shows and audiobooks under construction: the record lists only ever get longer."""

    __slots__ = ("_random", "_seed", "_taken", "_today", "audiobooks", "chapters", "episodes", "shows")

    def __init__(self, seed: int, *, today: date) -> None:
        self._seed = seed
        self._today = today
        self._random = random.Random(f"fermata:spoken:{seed}")  # noqa: S311 - repeatable draws are the purpose
        self._taken: set[str] = set()
        self.shows: list[Show] = []
        self.episodes: list[Episode] = []
        self.audiobooks: list[Audiobook] = []
        self.chapters: list[Chapter] = []

    def plant_landmarks(self) -> None:
        """Add what every world has; the identifiers depend on names alone."""
        for show in SHOWS:
            self._taken.add(show.name)
            self._add_show(show, _voice(show.language), key=("show", show.name), landmark=True)
        for book in AUDIOBOOKS:
            self._taken.add(book.name)
            self._add_book(book, _voice(book.language), key=("audiobook", book.name), landmark=True)

    def grow(self) -> None:
        """Fill up with generated shows, then with audiobooks."""
        rng = self._random
        voices = [voice for voice in VOICES for _ in range(voice.share)]
        while len(self.shows) < SHOW_COUNT:
            voice = _pick(rng, voices)
            name, publisher = self._new_name(voice, voice.shows), _pick(rng, voice.publishers)
            work = SpokenWork(name, voice.language, publisher, 20 + int(rng.random() * 31))
            self._add_show(work, voice, key=("show", self._seed, len(self.shows)))
        while len(self.audiobooks) < AUDIOBOOK_COUNT:
            voice = _pick(rng, voices)
            name, author = self._new_name(voice, voice.books), self._person(voice)
            work = SpokenWork(name, voice.language, author, 8 + int(rng.random() * 24))
            self._add_book(work, voice, key=("audiobook", self._seed, len(self.audiobooks)))

    def _add_show(self, work: SpokenWork, voice: Voice, *, key: Sequence[object], landmark: bool = False) -> None:
        rng = self._random
        popularity = LANDMARK_POPULARITY if landmark else int(89 * rng.random() ** 2)
        everywhere = rng.random() < 0.95  # noqa: PLR2004 - one show in twenty is sold in few countries
        show = Show(
            number=len(self.shows),
            id=spotify_id(*key),
            name=work.name,
            publisher=work.maker,
            language=voice.language,
            explicit=not landmark and rng.random() < 0.1,  # noqa: PLR2004 - one show in ten
            episodes=range(len(self.episodes), len(self.episodes) + work.parts),
            popularity=popularity,
            markets=MARKETS if landmark or everywhere else FEW_MARKETS,
        )
        self.shows.append(show)
        self._add_episodes(show, voice, key=key)

    def _add_episodes(self, show: Show, voice: Voice, *, key: Sequence[object]) -> None:
        rng = self._random
        heading, cadence = _pick(rng, HEADINGS), timedelta(days=_pick(rng, CADENCES))
        day = self._today - timedelta(days=int(rng.random() * 10))
        for position in range(len(show.episodes), 0, -1):
            title = voice.joiner.join((_pick(rng, voice.episodes[0]), _pick(rng, voice.episodes[1])))
            self.episodes.append(
                Episode(
                    len(self.episodes),
                    spotify_id("episode", *key, position),
                    heading(position, title),
                    show.number,
                    position,
                    day.isoformat(),
                    600_000 + int(rng.random() * 4_800_000),
                    int(show.popularity * rng.random()),
                )
            )
            day -= cadence

    def _add_book(self, work: SpokenWork, voice: Voice, *, key: Sequence[object], landmark: bool = False) -> None:
        rng = self._random
        popularity = LANDMARK_POPULARITY if landmark else int(89 * rng.random() ** 2)
        released = self._today - timedelta(days=30 + int(rng.random() * 4_000))
        book = Audiobook(
            number=len(self.audiobooks),
            id=spotify_id(*key),
            name=work.name,
            author=work.maker,
            narrator=self._person(voice),
            publisher=_pick(rng, voice.publishers),
            language=voice.language,
            chapters=range(len(self.chapters), len(self.chapters) + work.parts),
            released=released.isoformat(),
            popularity=popularity,
            markets=AUDIOBOOK_MARKETS,
        )
        self.audiobooks.append(book)
        self._add_chapters(book, voice, key=key)

    def _add_chapters(self, book: Audiobook, voice: Voice, *, key: Sequence[object]) -> None:
        rng = self._random
        for position in range(len(book.chapters)):
            self.chapters.append(
                Chapter(
                    len(self.chapters),
                    spotify_id("chapter", *key, position),
                    voice.chapter.format(position + 1),
                    book.number,
                    position,
                    480_000 + int(rng.random() * 2_400_000),
                )
            )

    def _new_name(self, voice: Voice, words: tuple[Sequence[str], Sequence[str]]) -> str:
        heads, tails = words
        draws = [voice.joiner.join((_pick(self._random, heads), _pick(self._random, tails))) for _ in range(DRAWS)]
        # In a language with few words all draws may be taken; then the last one becomes a sequel.
        names = chain(draws, (f"{draws[-1]} {number}" for number in count(2)))
        name = next(name for name in names if name not in self._taken)
        self._taken.add(name)
        return name

    def _person(self, voice: Voice) -> str:
        given, family = (_pick(self._random, names) for names in voice.people)
        return f"{given} {family}"


def _voice(language: str) -> Voice:
    return next(voice for voice in VOICES if voice.language == language)


def _pick(rng: random.Random, choices: Sequence[T]) -> T:
    return choices[int(rng.random() * len(choices))]
