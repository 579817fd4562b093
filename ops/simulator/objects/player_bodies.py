"""JSON objects of the player: what plays, where, and what was played before."""

from itertools import islice
from typing import Final

from ops.simulator.objects.objects import API_URL, OPEN_URL, Json
from ops.simulator.objects.works import work
from ops.simulator.player.player import NO_SHUFFLE, Player
from ops.simulator.player.plays import Play
from ops.simulator.player.running_order import Item
from ops.simulator.routes import Ask
from ops.simulator.wallclock import iso

QUEUE: Final = 20
"""Items that the queue shows at most."""


def playback(ask: Ask, player: Player, *, now_ms: int) -> Json:
    """The playback state, device and modes included."""
    return {
        "device": None if player.active is None else player.active.body(active=True),
        "shuffle_state": player.shuffled,
        "smart_shuffle": False,
        "repeat_state": player.repeat,
        **currently_playing(ask, player, now_ms=now_ms),
    }


def currently_playing(ask: Ask, player: Player, *, now_ms: int) -> Json:
    """What plays; a podcast is null for a client that does not say it knows episodes."""
    item = player.item
    known = ("track", *ask.query.get("additional_types", "").split(","))
    return {
        "timestamp": player.changed_ms,
        "context": context(player.order.context.uri),
        "progress_ms": player.progress_ms(now_ms),
        "item": _rendered(ask, item) if item is not None and item.kind in known else None,
        "currently_playing_type": "unknown" if item is None else item.kind,
        "actions": {"disallows": _disallowed(player)},
        "is_playing": player.playing,
    }


def queue(ask: Ask, player: Player) -> Json:
    """What plays and what follows; both are empty when no device is active."""
    if player.active is None or player.item is None:
        return {"currently_playing": None, "queue": []}
    upcoming = islice(player.order.upcoming(player.repeat), QUEUE)
    return {
        "currently_playing": _rendered(ask, player.item),
        "queue": [_rendered(ask, item) for item in upcoming],
    }


def played(ask: Ask, play: Play) -> Json:
    """One entry of the history."""
    seconds, ms = divmod(play.at_ms, 1000)
    return {
        "track": _rendered(ask, play.item),
        "played_at": f"{iso(seconds).removesuffix('Z')}.{ms:03d}Z",
        "context": context(play.context_uri),
    }


def context(uri: str | None) -> Json | None:
    """The context object of a URI."""
    if uri is None:
        return None
    *_, kind, name = uri.split(":")
    if name == "collection":
        return {
            "type": "collection",
            "href": f"{API_URL}/me/tracks",
            "external_urls": {"spotify": f"{OPEN_URL}/collection"},
            "uri": uri,
        }
    return {
        "type": kind,
        "href": f"{API_URL}/{kind}s/{name}",
        "external_urls": {"spotify": f"{OPEN_URL}/{kind}/{name}"},
        "uri": uri,
    }


def _rendered(ask: Ask, item: Item) -> Json | None:
    return work(ask, item.kind, spotify_id=item.id)


def _disallowed(player: Player) -> Json:
    reasons = {
        "resuming": player.playing,
        "pausing": not player.playing,
        "skipping_prev": not player.order.can_go_back(player.repeat),
        "toggling_shuffle": player.order.context.kind in NO_SHUFFLE,
        "toggling_repeat_context": player.order.context.uri is None,
    }
    return {name: True for name, holds in reasons.items() if holds}
