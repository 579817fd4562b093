"""A running simulator on a hand-driven clock: nothing here waits for real time."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from ops.simulator import CALL_LOG, SimulatorConfig, create_app
from ops.simulator.calls import CallLog

Client = TestClient[web.Request, web.Application]


@dataclass
class Answer:
    status: int
    headers: Any
    body: Any

    @property
    def message(self) -> str:
        return str(self.body["error"]["message"])


@dataclass
class Spotify:
    """The simulator as one client sees it, with a token that is good unless the test says otherwise."""

    client: Client
    log: CallLog
    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)
    token: str = ""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def get(self, path: str, *, method: str = "GET", **params: str | int) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.client.request(method, path, params=params, headers=headers) as response:
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json else await response.text()
            return Answer(response.status, response.headers, body)

    async def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}"} | (headers or {})
        async with self.client.request(method, path, json=json, data=data, headers=sent) as response:
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json else await response.text()
            return Answer(response.status, response.headers, body)

    async def login(self, user: str = "demo", scopes: str = "all") -> Answer:
        async with self.client.post("/_simulator/login", json={"user": user, "scopes": scopes}) as response:
            answer = Answer(response.status, response.headers, await response.json())
        self.token = answer.body.get("access_token", self.token)
        return answer

    async def ask_token(self, secret: str = "demo-secret", **form: str) -> Answer:
        basic = base64.b64encode(f"demo-client:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        async with self.client.post("/api/token", data=form, headers=headers) as response:
            return Answer(response.status, response.headers, await response.json())

    async def arm(self, faults: str) -> Answer:
        async with self.client.post("/_simulator/faults", json={"faults": faults}) as response:
            return Answer(response.status, response.headers, await response.json())


@dataclass
class Remote:
    """The player as one signed-in user works it."""

    spotify: Spotify
    token: str

    async def call(self, method: str, path: str = "", *, json: object = None, **params: str | int) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"/v1/me/player{path}"
        async with self.spotify.client.request(method, url, params=params, json=json, headers=headers) as response:
            text = await response.text()
            return response.status, await response.json() if text else None

    async def get(self, path: str = "", **params: str | int) -> Any:
        status, body = await self.call("GET", path, **params)
        return body if status == 200 else status

    async def does(self, method: str, path: str = "", *, json: object = None, **params: str | int) -> None:
        assert await self.call(method, path, json=json, **params) == (204, None), path

    async def fails(
        self, method: str, path: str = "", *, json: object = None, **params: str | int
    ) -> tuple[int, str, str | None]:
        status, body = await self.call(method, path, json=json, **params)
        error = body["error"]
        assert error["status"] == status
        return status, error["message"].removeprefix("Player command failed: "), error.get("reason")

    async def control(self, **body: object) -> Any:
        async with self.spotify.client.post("/_simulator/player", json=body) as response:
            return response.status, await response.json()

    async def heard(self) -> tuple[str, int]:
        state = await self.get(additional_types="episode")
        return state["item"]["name"], state["progress_ms"]


@pytest.fixture
def start(aiohttp_client: Callable[..., Awaitable[Client]]) -> Callable[..., Awaitable[Spotify]]:
    async def start(**settings: Any) -> Spotify:
        spotify = Spotify(client=None, log=CallLog())  # type: ignore[arg-type]  # filled in two lines below
        app = create_app(SimulatorConfig(**settings), clock=lambda: spotify.now, sleep=spotify.sleep)
        spotify.client, spotify.log = await aiohttp_client(app), app[CALL_LOG]
        spotify.token = (await spotify.ask_token(grant_type="client_credentials")).body["access_token"]
        spotify.slept.clear()
        app[CALL_LOG].clear()
        return spotify

    return start


@pytest.fixture
def connect(start: Callable[..., Awaitable[Spotify]]) -> Callable[..., Awaitable[Remote]]:
    async def connect(user: str = "demo", scopes: str = "all") -> Remote:
        # Players are watched for days on end, so the token must outlive them.
        spotify = await start(token_ttl_s=1_000_000)
        answer = await spotify.login(user, scopes)
        return Remote(spotify, answer.body["access_token"])

    return connect
