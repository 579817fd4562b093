"""JSON objects of podcasts and audiobooks made from records; each lacks exactly the fields its profile lost."""

import hashlib
from dataclasses import dataclass
from typing import Final

from ops.simulator.config import Profile
from ops.simulator.objects.objects import Json, cut, identity, images, released
from ops.simulator.paging import Page
from ops.simulator.world.prose import Prose, prose
from ops.simulator.world.records import Audiobook, Chapter, Episode, Show
from ops.simulator.world.world import World

EMBEDDED: Final = 50
"""Parts on the page inside a full show or audiobook."""

PREVIEW_URL: Final = "https://p.scdn.co/mp3-preview"
SHOW_LINES: Final = 12
PART_LINES: Final = 3
BOOK_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class Listener:
    """For whom an object is made.

    `market` is never unknown: without one nothing spoken is available. `user` is None unless the token may read
    playback positions.
    """

    market: str
    user: str | None = None

    def extra(self) -> dict[str, str]:
        """What addresses of pages repeat."""
        return {"market": self.market}


class SpokenBodies:
    """Makes objects in the shape of one profile; a "ref" is the simplified object."""

    __slots__ = ("_profile", "_world")

    def __init__(self, world: World, profile: Profile) -> None:
        self._world = world
        self._profile: Profile = profile

    def show_ref(self, show: Show) -> Json:
        """A simplified show."""
        return self._cut(
            {
                **identity("show", show.id),
                "available_markets": show.markets,
                "copyrights": [],
                **_described(prose(show.id, show.language, lines=SHOW_LINES)),
                "explicit": show.explicit,
                "images": images(show.id),
                "is_externally_hosted": False,
                "languages": [show.language],
                "media_type": "audio",
                "name": show.name,
                "publisher": show.publisher,
                "total_episodes": len(show.episodes),
            }
        )

    def show(self, show: Show, listener: Listener) -> Json:
        """A full show with the first page of its episodes."""
        numbers = show.episodes[:EMBEDDED]
        page = Page(f"/shows/{show.id}/episodes", 0, EMBEDDED, listener.extra())
        items = [self.episode_ref(self._world.episodes[number], listener) for number in numbers]
        return {**self.show_ref(show), "episodes": page.body(items, total=len(show.episodes))}

    def episode_ref(self, episode: Episode, listener: Listener) -> Json:
        """A simplified episode."""
        show = self._world.shows[episode.show]
        return {
            **identity("episode", episode.id),
            "audio_preview_url": f"{PREVIEW_URL}/{_digest('preview', episode.id)[:40]}",
            **_described(prose(episode.id, show.language, lines=PART_LINES)),
            "duration_ms": episode.duration_ms,
            "explicit": show.explicit,
            "images": images(episode.id),
            "is_externally_hosted": False,
            "is_playable": listener.market in show.markets,
            "language": show.language,
            "languages": [show.language],
            "name": episode.name,
            **released(episode.released),
            **_resumed(episode, listener),
        }

    def episode(self, episode: Episode, listener: Listener) -> Json:
        """A full episode with its show."""
        return {**self.episode_ref(episode, listener), "show": self.show_ref(self._world.shows[episode.show])}

    def audiobook_ref(self, book: Audiobook) -> Json:
        """A simplified audiobook."""
        return self._cut(
            {
                **identity("audiobook", book.id),
                "authors": [{"name": book.author}],
                "available_markets": book.markets,
                "copyrights": [
                    {"text": f"{book.released[:4]} {name}", "type": side}
                    for side, name in (("C", book.author), ("P", book.publisher))
                ],
                **_described(prose(book.id, book.language, lines=BOOK_LINES)),
                "edition": "Unabridged",
                "explicit": False,
                "images": images(book.id),
                "is_externally_hosted": False,
                "languages": [book.language],
                "media_type": "audio",
                "name": book.name,
                "narrators": [{"name": book.narrator}],
                "publisher": book.publisher,
                "total_chapters": len(book.chapters),
            }
        )

    def audiobook(self, book: Audiobook, listener: Listener) -> Json:
        """A full audiobook with the first page of its chapters."""
        page = Page(f"/audiobooks/{book.id}/chapters", 0, EMBEDDED, listener.extra())
        items = [self.chapter_ref(self._world.chapters[number], listener) for number in book.chapters[:EMBEDDED]]
        return {**self.audiobook_ref(book), "chapters": page.body(items, total=len(book.chapters))}

    def chapter_ref(self, chapter: Chapter, listener: Listener) -> Json:
        """A simplified chapter."""
        book = self._world.audiobooks[chapter.audiobook]
        return self._cut(
            {
                **identity("chapter", chapter.id),
                "audio_preview_url": None,
                "available_markets": book.markets,
                "chapter_number": chapter.position,
                **_described(prose(chapter.id, book.language, lines=PART_LINES)),
                "duration_ms": chapter.duration_ms,
                "explicit": False,
                "images": images(book.id),
                "is_playable": listener.market in book.markets,
                "languages": [book.language],
                "name": chapter.name,
                **released(book.released),
                **_resumed(chapter, listener),
            }
        )

    def chapter(self, chapter: Chapter, listener: Listener) -> Json:
        """A full chapter with its audiobook."""
        book = self._world.audiobooks[chapter.audiobook]
        return {**self.chapter_ref(chapter, listener), "audiobook": self.audiobook_ref(book)}

    def _cut(self, body: Json) -> Json:
        return cut(body, self._profile)


def _described(text: Prose) -> Json:
    return {"description": text.plain, "html_description": text.html}


def _resumed(part: Episode | Chapter, listener: Listener) -> Json:
    if listener.user is None:
        return {}
    # Two thirds have never been started; the rest was left somewhere, or heard to its end.
    share = int(_digest("resume", listener.user, part.id)[:8], 16) / 0xFFFFFFFF * 3
    heard = max(0.0, share - 2)
    finished = heard > 0.5  # noqa: PLR2004 - half of what was started
    position = part.duration_ms if finished else int(part.duration_ms * heard)
    return {"resume_point": {"fully_played": finished, "resume_position_ms": position}}


def _digest(*parts: str) -> str:
    return hashlib.sha256(":".join(parts).encode()).hexdigest()
