"""Routes that exist on the simulator alone, to look at it and make it misbehave; they are never counted."""

import dataclasses
from typing import Any, Final

import orjson
from aiohttp import web

from ops.simulator.accounts import TokenDesk
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

    __slots__ = ("_config", "_desk", "_log", "_schedule", "_society")

    def __init__(
        self, config: SimulatorConfig, *, log: CallLog, schedule: FaultSchedule, desk: TokenDesk, society: Society
    ) -> None:
        self._config = config
        self._log = log
        self._schedule = schedule
        self._desk = desk
        self._society = society

    def routes(self) -> list[web.RouteDef]:
        """The control routes, ready for a router."""
        return [
            web.get(CONTROL_PREFIX, self.settings),
            web.get(f"{CONTROL_PREFIX}/calls", self.calls),
            web.delete(f"{CONTROL_PREFIX}/calls", self.clear),
            web.post(f"{CONTROL_PREFIX}/faults", self.arm),
            web.post(f"{CONTROL_PREFIX}/login", self.login),
            web.delete(f"{CONTROL_PREFIX}/login", self.revoke),
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
        body = await _members(request, form='{"faults": "..."}', name="faults")
        try:
            self._schedule.arm(parse_faults(body["faults"]))
        except ValueError as error:
            raise ApiError(400, str(error)) from error
        return json_answer(self._summary())

    async def login(self, request: web.Request) -> web.Response:
        """Sign a user in without a browser: `{"user": "demo", "scopes": ["user-library-read"]}`, or `"all"`."""
        body = await _members(request, form='{"user": "...", "scopes": [...]}', name="user")
        scopes = body.get("scopes", "all")
        try:
            tokens = self._desk.login(body["user"], scopes if isinstance(scopes, str) else " ".join(scopes))
        except (TypeError, ValueError) as error:
            raise ApiError(400, str(error)) from error
        return json_answer(tokens, cache_control="no-store")

    async def revoke(self, request: web.Request) -> web.Response:
        """Withdraw all consents of `{"user": "..."}`, so that its refresh tokens are worth nothing."""
        body = await _members(request, form='{"user": "..."}', name="user")
        self._desk.revoke(body["user"])
        return web.Response(status=204)

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
        return {**settings, "faults": self._schedule.faults, "users": users}


async def _members(request: web.Request, *, form: str, name: str) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"the body must be {form}") from error
    if not isinstance(body, dict) or not isinstance(body.get(name), str):
        raise ApiError(400, f"the body must be {form}")
    return body
