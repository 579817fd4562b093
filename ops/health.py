"""Tells whether the process lives and whether it should get work; a stopping process says so first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson
from aiohttp import web

Check = Callable[[], str]
"""Returns an empty text when the component can work, or what keeps it from that."""


@dataclass(slots=True)
class Health:
    """Readiness as a set of named components; each is asked when somebody asks us."""

    components: dict[str, Check] = field(default_factory=dict)
    stopping: bool = False

    def troubles(self) -> Mapping[str, str]:
        """Return what keeps the process from working, by component; empty when nothing does."""
        found = {name: trouble for name, check in self.components.items() if (trouble := check())}
        return {"process": "stopping", **found} if self.stopping else found

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
        return _answer(200, {"status": "live"})

    async def _ready(self, _: web.Request) -> web.Response:
        troubles = self.troubles()
        state = {name: troubles.get(name, "ok") for name in (*self.components, *troubles)}
        return _answer(
            503 if troubles else 200, {"status": "not ready" if troubles else "ready", "components": state}
        )

    async def _both(self, _: web.Request) -> web.Response:
        troubles = self.troubles()
        return _answer(503 if troubles else 200, {"live": True, "ready": not troubles})


def _answer(status: int, document: Mapping[str, object]) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(document), content_type="application/json")
