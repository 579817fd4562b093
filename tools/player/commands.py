"""From operations to calls of the catalogue; what cannot be a call is told as that, and costs nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import InvalidArgumentsError
from tools.compat import Compat
from tools.inline import inline
from tools.player.operations import ControlArguments, Offset, Operation, WholeControlArguments
from tools.tool import BadArguments, checked

PLAY = "start-a-users-playback"
TRANSFER = "transfer-a-users-playback"


@dataclass(frozen=True, slots=True)
class Command:
    """An operation that can be sent.

    Attributes:
        action: What its caller calls it.
        operation: What it was made from, with every default filled in.
        endpoint_id: Entry of the catalogue.
        fields: Arguments of that entry; None stands for absent.
        note: What it does, in a few words.
    """

    action: str
    operation: Operation
    endpoint_id: str
    fields: Sequence[tuple[str, object]]
    note: str

    @property
    def moves(self) -> bool:
        """Whether it names a device and makes it the active one."""
        return self.operation.device_id is not None and self.endpoint_id in {PLAY, TRANSFER}


@dataclass(frozen=True, slots=True)
class Unfit:
    """An operation that cannot be sent, and why."""

    action: str
    error: InvalidArgumentsError


@dataclass(frozen=True, slots=True)
class _Route:
    """Where an action goes: the entry, our fields with Spotify's names, the one it needs, and what it did."""

    endpoint_id: str
    names: Mapping[str, str]
    needs: str = ""
    note: Callable[[Operation], str] = lambda _: ""


def commands_of(arguments: ControlArguments, compat: Compat) -> list[Command | Unfit]:
    """Return one step for each operation.

    Raises:
        BadArguments: iceener's rule, by which some faults of one operation spoil the call.
    """
    if compat is Compat.SEED:
        return [_step(raw, transfer_plays=True) for raw in arguments.operations]
    whole: WholeControlArguments = checked(WholeControlArguments, arguments.model_dump())
    places = enumerate(whole.operations)
    if problems := [f"operations.{i}: {problem}" for i, one in places for problem in _contradictions(one)]:
        raise BadArguments(problems)
    return [_command(one, transfer_plays=False) for one in whole.operations]


def _step(raw: object, *, transfer_plays: bool) -> Command | Unfit:
    if not isinstance(raw, Mapping):
        return Unfit("unknown", InvalidArgumentsError(['it must be an object such as {"action": "pause"}']))
    try:
        operation: Operation = checked(Operation, raw)
    except BadArguments as error:
        return Unfit(_action(raw), InvalidArgumentsError([*error.problems, *_hints(raw)]))
    if problems := _contradictions(operation):
        return Unfit(operation.action, InvalidArgumentsError(problems))
    return _command(operation, transfer_plays=transfer_plays)


def _action(raw: Mapping[str, Any]) -> str:
    action = raw.get("action")
    return inline(action[:40]) if isinstance(action, str) else "unknown"


def _hints(raw: Mapping[str, Any]) -> list[str]:
    action = _action(raw)
    return [f"{action} takes {', '.join(_ROUTES[action].names)}"] if action in _ROUTES else []


def _contradictions(operation: Operation) -> list[str]:
    offset = operation.offset or Offset()
    faults = {
        "context_uri and uris exclude each other": operation.context_uri and operation.uris,
        "offset takes position or uri, not both": offset.uri and offset.position is not None,
        "offset.uri needs context_uri": offset.uri and not operation.context_uri,
    }
    return [fault for fault, holds in faults.items() if holds]


def _command(operation: Operation, *, transfer_plays: bool) -> Command | Unfit:
    action = operation.action
    route = _ROUTES[action]
    if route.needs and getattr(operation, route.needs) is None:
        return Unfit(action, InvalidArgumentsError([f"{action} needs {route.needs}"]))
    if action == "transfer" and operation.transfer_play is None:
        operation = operation.model_copy(update={"transfer_play": transfer_plays})
    given = operation.model_dump(exclude_none=True, exclude={"action"})
    # An empty offset means no more than none.
    fields = [(route.names[name], value) for name, value in given.items() if name in route.names and value != {}]
    ignored = ", ".join(name for name in given if name not in route.names)
    notes = (route.note(operation), f"{action} has no use for {ignored}" if ignored else "")
    return Command(action, operation, route.endpoint_id, fields, note="; ".join(filter(None, notes)))


def _played(operation: Operation) -> str:
    if operation.uris:
        return operation.uris[0] if len(operation.uris) == 1 else f"{len(operation.uris)} URIs"
    return operation.context_uri or "resumed"


_DEVICE = {"device_id": "device_id"}
_PLAY = _Route(
    PLAY,
    {name: name for name in ("device_id", "context_uri", "uris", "offset", "position_ms")},
    note=_played,
)
_ROUTES: Mapping[str, _Route] = {
    "play": _PLAY,
    "resume": _PLAY,
    "start": _PLAY,
    "pause": _Route("pause-a-users-playback", _DEVICE),
    "next": _Route("skip-users-playback-to-next-track", _DEVICE),
    "previous": _Route("skip-users-playback-to-previous-track", _DEVICE),
    "seek": _Route(
        "seek-to-position-in-currently-playing-track",
        _DEVICE | {"position_ms": "position_ms"},
        needs="position_ms",
        note=lambda operation: f"moved to {operation.position_ms} ms",
    ),
    "volume": _Route(
        "set-volume-for-users-playback",
        _DEVICE | {"volume_percent": "volume_percent"},
        needs="volume_percent",
        note=lambda operation: f"volume set to {operation.volume_percent}",
    ),
    "shuffle": _Route(
        "toggle-shuffle-for-users-playback",
        _DEVICE | {"shuffle": "state"},
        needs="shuffle",
        note=lambda operation: f"shuffle {'on' if operation.shuffle else 'off'}",
    ),
    "repeat": _Route(
        "set-repeat-mode-on-users-playback",
        _DEVICE | {"repeat": "state"},
        needs="repeat",
        note=lambda operation: f"repeat {operation.repeat}",
    ),
    "transfer": _Route(
        TRANSFER,
        {"device_id": "device_ids", "transfer_play": "play"},
        needs="device_id",
        note=lambda operation: "playing there" if operation.transfer_play else "as it was",
    ),
    "queue": _Route(
        "add-to-queue",
        _DEVICE | {"queue_uri": "uri"},
        needs="queue_uri",
        note=lambda operation: f"queued {operation.queue_uri}",
    ),
}

ENDPOINTS: Sequence[str] = tuple(dict.fromkeys(route.endpoint_id for route in _ROUTES.values()))
"""The entries of the catalogue that there are commands for."""
