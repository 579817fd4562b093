"""A small player behind a scripted network, with the tools over it, for tests that run on virtual time."""

import asyncio
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter
from yarl import URL

from gateway.client import SpotifyClient
from gateway.options import DEFAULT, CallOptions
from gateway.principal import LOCAL
from gateway.transport import Response
from pipeline import CountingTokens, answer, new_client, refused
from tools.compat import Compat
from tools.player import control_tool, status_tool
from tools.player.results import ControlResult
from tools.player.status import StatusResult
from tools.tool import Tool, ToolCall, ToolResult

Json = dict[str, Any]
Fault = Response | BaseException | None

KITCHEN = "74ASZWbe4lXaubB36ztrGX"
DESK = "5fbb3ba6aa454b5534c4ba43a8c7e8e45a63ad0e"
ALBUM = "spotify:album:4m2880jivSbbyEGAKfITCa"
CRUSH = "4cJPC6Y0d1ias1xK2lB9S2"
LUCKY = "1301WleyT98MSxVHPZCA6M"


def track(track_id: str = CRUSH, name: str = "Instant Crush", *artists: str) -> Json:
    """A track as Spotify shows it, cut to what matters here."""
    return {
        "type": "track",
        "id": track_id,
        "uri": f"spotify:track:{track_id}",
        "name": name,
        "artists": [{"name": artist} for artist in artists or ("Daft Punk", "Julian Casablancas")],
        "album": {"name": "Random Access Memories"},
        "duration_ms": 337093,
    }


def device(
    device_id: str | None = KITCHEN, name: str = "Kitchen speaker", *, active: bool = True, **more: object
) -> Json:
    """A device as the catalog's example shows it, with `more` of what Spotify tells."""
    return {"id": device_id, "name": name, "type": "computer", "is_active": active, **more}


def playing(**changes: object) -> Json:
    """The state of the catalog's example."""
    return {
        "is_playing": True,
        "device": device(volume_percent=65),
        "item": track(),
        "context": {"uri": ALBUM},
        "shuffle_state": False,
        "repeat_state": "off",
        "progress_ms": 1000,
        "timestamp": 1700000000000,
    } | changes


@dataclass
class FakePlayer:
    """Answers player calls; commands change `state` as Spotify's do.

    Attributes:
        state: What `GET /me/player` tells; None for 204.
        fault: Answers in place of the player, if it likes, given method and path below `/me/player`.
        late_reads: So many reads after a command still show the state before it.
        delay_s: How long every answer takes.
        sent: Time, method, path, query and body of what came.
    """

    state: Json | None = field(default_factory=playing)
    devices: list[Json] = field(default_factory=lambda: [device()])
    queue: Json = field(default_factory=lambda: {"currently_playing": None, "queue": []})
    fault: Callable[[str, str], Fault] = lambda _, __: None
    late_reads: int = 0
    delay_s: float = 0.01
    sent: list[tuple[float, str, str, Mapping[str, str], Json]] = field(default_factory=list)
    _before: Json | None = None
    _owed: int = 0

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes | None = None
    ) -> Response:
        del headers
        address = URL(url)
        path = address.path.removeprefix("/v1/me/player")
        query, body = dict(address.query), orjson.loads(data or b"{}")
        self.sent.append((asyncio.get_running_loop().time(), method, path, query, body))
        await asyncio.sleep(self.delay_s)
        fault = self.fault(method, path)
        if isinstance(fault, BaseException):
            raise fault
        return fault or (self._read(path) if method == "GET" else self._command(path, query, body))

    @property
    def calls(self) -> list[str]:
        """Method and path of what came."""
        return [f"{method} {path}".strip() for _, method, path, _, _ in self.sent]

    def _read(self, path: str) -> Response:
        if path == "/devices":
            return answer({"devices": self.devices})
        if path == "/queue":
            return answer(self.queue)
        shown = self._before if self._owed else self.state
        self._owed = max(0, self._owed - 1)
        return Response(204, {}, b"") if shown is None else answer(shown)

    def _command(self, path: str, query: Mapping[str, str], body: Json) -> Response:
        if self.state is None and "device_id" not in query and "device_ids" not in body:
            return refused(404, "Player command failed: No active device found", reason="NO_ACTIVE_DEVICE")
        self._before, self._owed = deepcopy(self.state), self.late_reads
        state = self.state = self.state or playing(is_playing=False, item=None, context=None)
        target = query.get("device_id") or next(iter(body.get("device_ids", ())), None)
        match path:
            case "/play" | "":
                state["device"] = self._device(target) if target else state["device"]
                state["is_playing"] = state["is_playing"] or path == "/play" or body.get("play", False)
                self._start(state, body)
            case "/pause":
                state["is_playing"] = False
            case "/volume":
                state["device"]["volume_percent"] = int(query["volume_percent"])
            case "/shuffle":
                state["shuffle_state"] = query["state"] == "true"
            case "/repeat":
                state["repeat_state"] = query["state"]
        return Response(204, {}, b"")

    def _device(self, device_id: str) -> Json:
        return next((one for one in self.devices if one["id"] == device_id), device(device_id, "Elsewhere"))

    def _start(self, state: Json, body: Json) -> None:
        if uris := body.get("uris"):
            state |= {"item": track(uris[0].split(":")[-1], "Get Lucky"), "context": None}
        if context := body.get("context_uri"):
            state |= {"item": track(), "context": {"uri": context}}


@dataclass
class Seat:
    """The tools for one signed-in user, over a player."""

    player: FakePlayer
    compat: Compat = Compat.SEED
    calls: int = 100
    signed_in: bool = True
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        users = {LOCAL: CountingTokens()} if self.signed_in else {}
        self.client: SpotifyClient = new_client(self.player, calls=self.calls, users=users)

    async def status(self, options: CallOptions = DEFAULT, **arguments: object) -> ToolResult:
        """Call `spotify_status`."""
        tool = status_tool(self.client, clock=asyncio.get_running_loop().time, compat=self.compat)
        return await _checked(tool, StatusResult, ToolCall(arguments, options=options))

    async def control(
        self, *operations: object, options: CallOptions = DEFAULT, **arguments: object
    ) -> ToolResult:
        """Call `spotify_control`."""
        return await _checked(
            self.control_tool(),
            ControlResult,
            ToolCall({"operations": list(operations), **arguments}, options=options),
        )

    def control_tool(self) -> Tool:
        """Return `spotify_control`, whose waits are written down."""

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            await asyncio.sleep(seconds)

        return control_tool(self.client, clock=asyncio.get_running_loop().time, sleep=sleep, compat=self.compat)


async def _checked(tool: Tool, shape: type[Any], call: ToolCall) -> ToolResult:
    """Return the answer, having looked that it is what the tool promises."""
    result = await tool.run(call)
    assert result.text == result.structured["_msg"]
    TypeAdapter(shape).validate_python(result.structured, strict=True)
    # Clients check answers against the schema that they were shown, which is a shortened one.
    Draft202012Validator(dict(tool.output_schema or {})).validate(dict(result.structured))
    return result
