"""Tells whether the process lives and whether it should get work; a stopping process says so first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Condition:
    """How one component is: whether it can work, and a few words for people."""

    ready: bool
    detail: str


Check = Callable[[], Condition]


@dataclass(slots=True)
class Health:
    """Readiness as a set of named components; each is asked when somebody asks us."""

    components: dict[str, Check] = field(default_factory=dict)
    stopping: bool = False

    def conditions(self) -> Mapping[str, Condition]:
        """Return how each component is, the process itself first."""
        process = Condition(not self.stopping, "stopping" if self.stopping else "ok")
        return {"process": process, **{name: check() for name, check in self.components.items()}}

    def mount(self, app: web.Application) -> None:
        """Attach `/health`, `/health/live` and `/health/ready`."""
        app.add_routes(
            [
                web.get("/health", self._both),
                web.get("/health/live", self._live),
                web.get("/health/ready", self._ready),
            ]
        )

    async def _live(self, _: web.Request) -> web.Response:
        return _answer({"live": True}, ready=True)

    async def _ready(self, _: web.Request) -> web.Response:
        conditions = self.conditions()
        ready = all(condition.ready for condition in conditions.values())
        components = {name: condition.detail for name, condition in conditions.items()}
        return _answer({"ready": ready, "components": components}, ready=ready)

    async def _both(self, _: web.Request) -> web.Response:
        ready = all(condition.ready for condition in self.conditions().values())
        return _answer({"live": True, "ready": ready}, ready=ready)


def _answer(document: Mapping[str, object], *, ready: bool) -> web.Response:
    return web.Response(
        status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
        body=orjson.dumps(document),
        content_type="application/json",
    )
