"""Routes that exist on the simulator alone, to look at it and make it misbehave; they are never counted."""

import dataclasses
from typing import Any, Final

import orjson
from aiohttp import web

from ops.simulator.answers import ApiError, json_answer
from ops.simulator.calls import CallLog
from ops.simulator.config import SimulatorConfig
from ops.simulator.faults import parse_faults
from ops.simulator.schedule import FaultSchedule

CONTROL_PREFIX: Final = "/_simulator"
SECRET_SETTINGS: Final = frozenset({"client_secret"})


class Control:
    """Handlers of the control routes."""

    __slots__ = ("_config", "_log", "_schedule")

    def __init__(self, config: SimulatorConfig, *, log: CallLog, schedule: FaultSchedule) -> None:
        self._config = config
        self._log = log
        self._schedule = schedule

    def routes(self) -> list[web.RouteDef]:
        """The control routes, ready for a router."""
        return [
            web.get(CONTROL_PREFIX, self.settings),
            web.get(f"{CONTROL_PREFIX}/calls", self.calls),
            web.delete(f"{CONTROL_PREFIX}/calls", self.clear),
            web.post(f"{CONTROL_PREFIX}/faults", self.arm),
        ]

    async def settings(self, _request: web.Request) -> web.Response:
        """All settings but the secret, and the faults in force."""
        return json_answer(self._summary())

    async def calls(self, _request: web.Request) -> web.Response:
        """The call log, oldest call first."""
        return json_answer({"calls": self._log.calls, "refused": self._log.refused})

    async def clear(self, _request: web.Request) -> web.Response:
        """Forget the call log."""
        self._log.clear()
        return web.Response(status=204)

    async def arm(self, request: web.Request) -> web.Response:
        """Replace the faults by those of a body `{"faults": "..."}`; empty text ends them all."""
        try:
            body = orjson.loads(await request.read())
            text = body["faults"]
            if not isinstance(text, str):
                raise TypeError("faults must be text")  # noqa: TRY301 - joins the other ways a body can be wrong
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise ApiError(400, 'the body must be {"faults": "..."}') from error
        try:
            self._schedule.arm(parse_faults(text))
        except ValueError as error:
            raise ApiError(400, str(error)) from error
        return json_answer(self._summary())

    def _summary(self) -> dict[str, Any]:
        settings = {
            field.name: getattr(self._config, field.name)
            for field in dataclasses.fields(self._config)
            if field.name not in SECRET_SETTINGS
        }
        return {**settings, "faults": self._schedule.faults}
