"""The player as it is read: state, devices, queue and history of the signed-in user."""

from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.objects.objects import API_URL, Json
from ops.simulator.objects.player_bodies import currently_playing, playback, played, queue
from ops.simulator.params import PAGE, read_limit
from ops.simulator.player.player import Player
from ops.simulator.player.players import player_of
from ops.simulator.player.plays import Play
from ops.simulator.routes import PLAYER_READ, Ask, Reply, Route

STATE_SCOPE: Final = "user-read-playback-state"
CURRENT_SCOPE: Final = "user-read-currently-playing"
HISTORY_SCOPE: Final = "user-read-recently-played"


def get_playback(ask: Ask) -> Json | Reply:
    """`GET /me/player`; 204 when no device is active."""
    player, now_ms = _present(ask)
    return Reply(204) if player.active is None else playback(ask, player, now_ms=now_ms)


def get_devices(ask: Ask) -> Json:
    """`GET /me/player/devices`."""
    player, _ = _present(ask)
    return {"devices": [device.body(active=device is player.active) for device in player.devices]}


def get_currently_playing(ask: Ask) -> Json | Reply:
    """`GET /me/player/currently-playing`; 204 when no device is active or nothing was ever loaded."""
    player, now_ms = _present(ask)
    if player.active is None or player.item is None:
        return Reply(204)
    return currently_playing(ask, player, now_ms=now_ms)


def get_queue(ask: Ask) -> Json:
    """`GET /me/player/queue`."""
    player, _ = _present(ask)
    return queue(ask, player)


def get_recently_played(ask: Ask) -> Json:
    """`GET /me/player/recently-played`; `after` gives the newest plays since, `before` the newest until then."""
    limit = read_limit(ask.query, PAGE)
    after_ms, before_ms = _instant(ask, "after"), _instant(ask, "before")
    if after_ms is not None and before_ms is not None:
        raise ApiError(400, "Only one of before or after may be specified")
    player, _ = _present(ask)
    plays = player.plays.between(after_ms, before_ms)
    shown = plays[:limit]
    return {
        "items": [played(ask, play) for play in shown],
        "next": _next(shown, limit) if len(plays) > limit else None,
        "cursors": {"after": str(shown[0].at_ms), "before": str(shown[-1].at_ms)} if shown else None,
        "limit": limit,
        "href": f"{API_URL}/me/player/recently-played?{_asked(ask, limit)}",
    }


def _present(ask: Ask) -> tuple[Player, int]:
    player, now_ms = player_of(ask.me, ask.realm.world), round(ask.wall_s * 1000)
    player.pass_time(now_ms)
    return player, now_ms


def _instant(ask: Ask, name: str) -> int | None:
    text = ask.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise ApiError(400, f"Invalid {name}")
    return int(text)


def _next(shown: list[Play], limit: int) -> str:
    return f"{API_URL}/me/player/recently-played?before={shown[-1].at_ms}&limit={limit}"


def _asked(ask: Ask, limit: int) -> str:
    cursors = "".join(f"{name}={ask.query[name]}&" for name in ("after", "before") if name in ask.query)
    return f"{cursors}limit={limit}"


ROUTES: Final = (
    Route("/me/player", get_playback, family=PLAYER_READ, auth="user", scopes=(STATE_SCOPE,)),
    Route("/me/player/devices", get_devices, family=PLAYER_READ, auth="user", scopes=(STATE_SCOPE,)),
    Route(
        "/me/player/currently-playing",
        get_currently_playing,
        family=PLAYER_READ,
        auth="user",
        scopes=(CURRENT_SCOPE,),
    ),
    Route("/me/player/queue", get_queue, family=PLAYER_READ, auth="user", scopes=(CURRENT_SCOPE, STATE_SCOPE)),
    Route(
        "/me/player/recently-played",
        get_recently_played,
        family=PLAYER_READ,
        auth="user",
        scopes=(HISTORY_SCOPE,),
    ),
)
