"""Shows and their episodes, newest first; without a known country there are none."""

from typing import Final

from ops.simulator.objects.objects import Json
from ops.simulator.objects.spoken import heard, heard_all
from ops.simulator.objects.spoken_bodies import Listener
from ops.simulator.paging import Page, repeated
from ops.simulator.params import PAGE, read_limit, read_offset
from ops.simulator.routes import BEFORE_FEB_2026, Ask, Route
from ops.simulator.world.records import Show


def get_show(ask: Ask) -> Json:
    """`GET /shows/{id}`."""
    show, who = heard(ask, ask.realm.world.show_by_id, work=_itself)
    return ask.realm.bodies.spoken.show(show, who)


def get_shows(ask: Ask) -> Json:
    """`GET /shows?ids=`."""

    def render(show: Show, _who: Listener) -> Json:
        return ask.realm.bodies.spoken.show_ref(show)

    return {"shows": heard_all(ask, ask.realm.world.show_by_id, work=_itself, render=render)}


def get_show_episodes(ask: Ask) -> Json:
    """`GET /shows/{id}/episodes`."""
    limit, offset = read_limit(ask.query, PAGE), read_offset(ask.query)
    show, who = heard(ask, ask.realm.world.show_by_id, work=_itself)
    episodes = [ask.realm.world.episodes[number] for number in show.episodes[offset : offset + limit]]
    page = Page(f"/shows/{show.id}/episodes", offset, limit, repeated(ask.query, "market"))
    items = [ask.realm.bodies.spoken.episode_ref(episode, who) for episode in episodes]
    return page.body(items, total=len(show.episodes))


def _itself(show: Show) -> Show:
    return show


ROUTES: Final = (
    Route("/shows", get_shows, BEFORE_FEB_2026),
    Route("/shows/{id}", get_show),
    Route("/shows/{id}/episodes", get_show_episodes),
)
