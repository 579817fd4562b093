"""Chapters: one or, where batches survive, up to 50; a chapter is on sale wherever its audiobook is."""

from typing import Final

from ops.simulator.objects.objects import Json
from ops.simulator.objects.spoken import heard, heard_all
from ops.simulator.routes import BEFORE_FEB_2026, Ask, Route
from ops.simulator.world.records import Audiobook, Chapter


def get_chapter(ask: Ask) -> Json:
    """`GET /chapters/{id}`."""
    chapter, who = heard(ask, ask.realm.world.chapter_by_id, work=lambda chapter: _book(ask, chapter))
    return ask.realm.bodies.spoken.chapter(chapter, who)


def get_chapters(ask: Ask) -> Json:
    """`GET /chapters?ids=`."""
    found = heard_all(
        ask,
        ask.realm.world.chapter_by_id,
        work=lambda chapter: _book(ask, chapter),
        render=ask.realm.bodies.spoken.chapter,
    )
    return {"chapters": found}


def _book(ask: Ask, chapter: Chapter) -> Audiobook:
    return ask.realm.world.audiobooks[chapter.audiobook]


ROUTES: Final = (
    Route("/chapters", get_chapters, BEFORE_FEB_2026),
    Route("/chapters/{id}", get_chapter),
)
