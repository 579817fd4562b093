"""Episodes: one or, where batches survive, up to 50; an episode is on sale wherever its show is."""

from typing import Final

from ops.simulator.objects.objects import Json
from ops.simulator.objects.spoken import heard, heard_all
from ops.simulator.routes import BEFORE_FEB_2026, Ask, Route
from ops.simulator.world.records import Episode, Show


def get_episode(ask: Ask) -> Json:
    """`GET /episodes/{id}`."""
    episode, who = heard(ask, ask.realm.world.episode_by_id, work=lambda episode: _show(ask, episode))
    return ask.realm.bodies.spoken.episode(episode, who)


def get_episodes(ask: Ask) -> Json:
    """`GET /episodes?ids=`."""
    found = heard_all(
        ask,
        ask.realm.world.episode_by_id,
        work=lambda episode: _show(ask, episode),
        render=ask.realm.bodies.spoken.episode,
    )
    return {"episodes": found}


def _show(ask: Ask, episode: Episode) -> Show:
    return ask.realm.world.shows[episode.show]


ROUTES: Final = (
    Route("/episodes", get_episodes, BEFORE_FEB_2026),
    Route("/episodes/{id}", get_episode),
)
