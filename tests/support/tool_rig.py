"""Calls a tool over a scripted Spotify, and checks what every answer of such a tool must be."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import jsonschema
import orjson

from gateway.client import SpotifyClient
from gateway.endpoint import Profile
from gateway.options import DEFAULT, CallOptions
from gateway.principal import LOCAL
from pipeline import CountingTokens, ScriptedTransport, new_client
from tools.compat import Compat
from tools.library import library_tool
from tools.playlist import playlist_tool
from tools.search import search_tool
from tools.tool import Progress, Tool, ToolCall, ToolResult, untold
from virtual_time import run

API = "https://api.test/v1"
Make = Callable[..., Tool]


@dataclass
class Spotify(ScriptedTransport):
    """A scripted Spotify that also remembers what it was sent, as `METHOD /path?query` with the JSON body."""

    asked: list[tuple[str, Any]] = field(default_factory=list)

    async def send(self, method: str, url: str, *, headers: Any, data: bytes | None = None) -> Any:
        self.asked.append((f"{method} {unquote(url.removeprefix(API))}", orjson.loads(data) if data else None))
        return await super().send(method, url, headers=headers, data=data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """How a tool is made and called."""

    make: Make
    compat: Compat = Compat.SEED
    profile: Profile = Profile.EXTENDED
    calls: int = 100
    options: CallOptions = DEFAULT
    signed_in: bool = True
    progress: Progress = untold

    def client(self, spotify: Spotify) -> SpotifyClient:
        users = {LOCAL: CountingTokens()} if self.signed_in else {}
        return new_client(spotify, profile=self.profile, calls=self.calls, users=users)

    def over(self, client: SpotifyClient) -> Tool:
        return self.make(client, clock=asyncio.get_running_loop().time, compat=self.compat)

    def tool(self, spotify: Spotify) -> Tool:
        return self.over(self.client(spotify))

    async def call(self, spotify: Spotify, **arguments: Any) -> ToolResult:
        return await called(self.tool(spotify), self, **arguments)

    def ask(self, spotify: Spotify, **arguments: Any) -> ToolResult:
        """Call it on virtual time."""
        return run(self.call(spotify, **arguments))


async def called(tool: Tool, rig: Rig, **arguments: Any) -> ToolResult:
    """Return the result of `tool`, which must have its declared shape."""
    result = await tool.run(ToolCall(arguments, options=rig.options, progress=rig.progress))
    assert result.text == result.structured["_msg"]
    assert tool.output_schema is not None
    assert set(result.structured) <= set(tool.output_schema["properties"])
    jsonschema.validate(orjson.loads(orjson.dumps(result.structured)), tool.output_schema)
    return result


PLAYLISTS = Rig(make=playlist_tool)
LIBRARY = Rig(make=library_tool)
SEARCH = Rig(make=search_tool)


def track(identifier: str, name: str, *artists: str) -> dict[str, Any]:
    """A track as Spotify shows it, with no more than a test needs."""
    return {
        "type": "track",
        "id": identifier,
        "uri": f"spotify:track:{identifier}",
        "name": name,
        "artists": [{"name": artist} for artist in artists],
    }


def many(count: int) -> list[str]:
    """So many ids of tracks."""
    return [f"{number:022d}" for number in range(count)]
