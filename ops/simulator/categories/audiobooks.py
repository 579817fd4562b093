"""Audiobooks and their chapters, which six countries have; elsewhere they do not exist."""

from typing import Final

from ops.simulator.objects.objects import Json
from ops.simulator.objects.spoken import heard, heard_all
from ops.simulator.paging import Page, repeated
from ops.simulator.params import PAGE, read_limit, read_offset
from ops.simulator.routes import BEFORE_FEB_2026, Ask, Route
from ops.simulator.world.records import Audiobook


def get_audiobook(ask: Ask) -> Json:
    """`GET /audiobooks/{id}`."""
    book, who = heard(ask, ask.realm.world.audiobook_by_id, work=_itself)
    return ask.realm.bodies.spoken.audiobook(book, who)


def get_audiobooks(ask: Ask) -> Json:
    """`GET /audiobooks?ids=`."""
    render = ask.realm.bodies.spoken.audiobook
    return {"audiobooks": heard_all(ask, ask.realm.world.audiobook_by_id, work=_itself, render=render)}


def get_audiobook_chapters(ask: Ask) -> Json:
    """`GET /audiobooks/{id}/chapters`."""
    limit, offset = read_limit(ask.query, PAGE), read_offset(ask.query)
    book, who = heard(ask, ask.realm.world.audiobook_by_id, work=_itself)
    chapters = [ask.realm.world.chapters[number] for number in book.chapters[offset : offset + limit]]
    page = Page(f"/audiobooks/{book.id}/chapters", offset, limit, repeated(ask.query, "market"))
    items = [ask.realm.bodies.spoken.chapter_ref(chapter, who) for chapter in chapters]
    return page.body(items, total=len(book.chapters))


def _itself(book: Audiobook) -> Audiobook:
    return book


ROUTES: Final = (
    Route("/audiobooks", get_audiobooks, BEFORE_FEB_2026),
    Route("/audiobooks/{id}", get_audiobook),
    Route("/audiobooks/{id}/chapters", get_audiobook_chapters),
)
