"""Routes that exist on the simulator alone, to look at it and make it misbehave; they are never counted."""

import dataclasses
from typing import Any, Final

import orjson
from aiohttp import web

from ops.simulator.accounts.registration import Registration
from ops.simulator.answers import ApiError, json_answer
from ops.simulator.calls import CallLog
from ops.simulator.config import SimulatorConfig
from ops.simulator.faults import parse_faults
from ops.simulator.people.society import Society
from ops.simulator.schedule import FaultSchedule

CONTROL_PREFIX: Final = "/_simulator"
SECRET_SETTINGS: Final = frozenset({"client_secret"})


class Control:
    """Handlers of the control routes."""

    __slots__ = ("_config", "_log", "_registration", "_schedule", "_society")

    def __init__(
        self,
        config: SimulatorConfig,
        *,
        log: CallLog,
        schedule: FaultSchedule,
        registration: Registration,
        society: Society,
    ) -> None:
        self._config = config
        self._log = log
        self._schedule = schedule
        self._registration = registration
        self._society = society

    def routes(self) -> list[web.RouteDef]:
        """The control routes, ready for a router."""
        return [
            web.get(CONTROL_PREFIX, self.settings),
            web.get(f"{CONTROL_PREFIX}/calls", self.calls),
            web.delete(f"{CONTROL_PREFIX}/calls", self.clear),
            web.post(f"{CONTROL_PREFIX}/faults", self.arm),
        ]

    async def settings(self, _request: web.Request) -> web.Response:
        """All settings but the secret, the faults in force and the users."""
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
        body = await read_members(request, form='{"faults": "..."}', faults=str)
        try:
            self._schedule.arm(parse_faults(body["faults"]))
        except ValueError as error:
            raise ApiError(400, str(error)) from error
        return json_answer(self._summary())

    def _summary(self) -> dict[str, Any]:
        settings = {
            field.name: getattr(self._config, field.name)
            for field in dataclasses.fields(self._config)
            if field.name not in SECRET_SETTINGS
        }
        users = [
            {"id": user.id, "display_name": user.display_name, "country": user.country, "product": user.product}
            for user in self._society
        ]
        return {**settings, **self._registration.summary(), "faults": self._schedule.faults, "users": users}


async def read_members(request: web.Request, *, form: str, **needed: type) -> dict[str, Any]:
    """The members of the JSON object that a control route takes, with those that it must have.

    Raises:
        ApiError: 400, which tells the `form`.
    """
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"the body must be {form}") from error
    # Exact types: to Python, true is an integer.
    if not isinstance(body, dict) or any(type(body.get(name)) is not kind for name, kind in needed.items()):
        raise ApiError(400, f"the body must be {form}")
    return body
