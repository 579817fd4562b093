"""The player; commands need Premium, and take effect on the active device unless one is named."""

from gateway.catalogue.fills import tracks
from gateway.catalogue.policies import ADDITIONAL_TYPES, LIMIT_20, LIVE, MARKET, OWN
from gateway.endpoint import Auth, Endpoint, Param
from gateway.rules import AtMostOne, Needs
from limiter import Priority

_CONTROL = ("user-modify-playback-state",)
_DEVICE = Param(name="device_id", kind="text", about="Id of the device; without it the active one is meant.")
_STATE = ("user-read-playback-state",)


def _read(name: str, path: str, summary: str, *params: Param, scopes: tuple[str, ...] = _STATE) -> Endpoint:
    return Endpoint(
        id=name,
        path=path,
        summary=summary,
        family="player-read",
        cache=LIVE,
        auth=Auth.USER,
        scopes=scopes,
        tags=("player",),
        params=params,
    )


def _command(name: str, route: str, summary: str, *params: Param, repeatable: bool = True) -> Endpoint:
    method, path = route.split()
    return Endpoint(
        id=name,
        path=path,
        method=method,
        summary=summary,
        family="player-write",
        cache=LIVE,
        auth=Auth.USER,
        scopes=_CONTROL,
        success=204,
        invalidates=("player",),
        priority=Priority.CONTROL,
        params=params,
        repeatable=repeatable,
    )


PLAYER = (
    _read(
        "get-information-about-the-users-current-playback",
        "/me/player",
        "What plays, where and how; empty when nothing is active",
        MARKET,
        ADDITIONAL_TYPES,
    ),
    _read("get-a-users-available-devices", "/me/player/devices", "Devices that can play"),
    _read(
        "get-the-users-currently-playing-track",
        "/me/player/currently-playing",
        "What plays; empty when nothing does",
        MARKET,
        ADDITIONAL_TYPES,
        scopes=("user-read-currently-playing",),
    ),
    _read(
        "get-queue",
        "/me/player/queue",
        "What plays and what comes next",
        scopes=("user-read-currently-playing", "user-read-playback-state"),
    ),
    Endpoint(
        id="get-recently-played",
        path="/me/player/recently-played",
        summary="About fifty tracks that were played last",
        family="player-read",
        cache=OWN,
        auth=Auth.USER,
        scopes=("user-read-recently-played",),
        tags=("player",),
        params=(
            LIMIT_20,
            Param(name="after", kind="integer", about="Only plays after this Unix time in milliseconds."),
            Param(name="before", kind="integer", about="Only plays before this Unix time in milliseconds."),
        ),
        rules=(AtMostOne(("after", "before")),),
        fills=tracks("items[].track"),
    ),
    _command(
        "transfer-a-users-playback",
        "PUT /me/player",
        "Move playback to another device",
        Param(
            name="device_ids",
            kind="words",
            required=True,
            place="body",
            maximum=1,
            about="Id of the device; Spotify takes exactly one.",
        ),
        Param(name="play", kind="boolean", place="body", about="Whether to play there even if it was paused."),
    ),
    Endpoint(
        id="start-a-users-playback",
        path="/me/player/play",
        method="PUT",
        summary="Play something, or go on playing",
        family="player-write",
        cache=LIVE,
        auth=Auth.USER,
        scopes=_CONTROL,
        success=204,
        invalidates=("player",),
        priority=Priority.CONTROL,
        params=(
            _DEVICE,
            Param(
                name="context_uri", kind="uri", place="body", about="URI of an album, artist, playlist or show."
            ),
            Param(name="uris", kind="uris", place="body", maximum=500, about="URIs of tracks or episodes."),
            Param(name="offset", kind="position", place="body", about="Where in the context or list to start."),
            Param(name="position_ms", kind="integer", place="body", about="Where in the first track to start."),
        ),
        rules=(AtMostOne(("context_uri", "uris")), Needs("offset", ("context_uri", "uris"))),
    ),
    _command("pause-a-users-playback", "PUT /me/player/pause", "Pause", _DEVICE),
    _command("skip-users-playback-to-next-track", "POST /me/player/next", "Next", _DEVICE, repeatable=False),
    _command(
        "skip-users-playback-to-previous-track", "POST /me/player/previous", "Previous", _DEVICE, repeatable=False
    ),
    _command(
        "seek-to-position-in-currently-playing-track",
        "PUT /me/player/seek",
        "Jump within the track",
        Param(name="position_ms", kind="integer", required=True, about="Milliseconds from its start."),
        _DEVICE,
    ),
    _command(
        "set-repeat-mode-on-users-playback",
        "PUT /me/player/repeat",
        "Repeat the track, the context or nothing",
        Param(
            name="state", kind="word", required=True, choices=("track", "context", "off"), about="What to repeat."
        ),
        _DEVICE,
    ),
    _command(
        "set-volume-for-users-playback",
        "PUT /me/player/volume",
        "Set the volume",
        Param(name="volume_percent", kind="integer", required=True, maximum=100, about="From 0 to 100."),
        _DEVICE,
    ),
    _command(
        "toggle-shuffle-for-users-playback",
        "PUT /me/player/shuffle",
        "Shuffle or not",
        Param(name="state", kind="boolean", required=True, about="Whether to shuffle."),
        _DEVICE,
    ),
    _command(
        "add-to-queue",
        "POST /me/player/queue",
        "Play something next",
        Param(name="uri", kind="uri", required=True, about="URI of a track or an episode."),
        _DEVICE,
        repeatable=False,
    ),
)
