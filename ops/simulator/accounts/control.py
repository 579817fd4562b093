"""The control routes of users and of the app: sign in by script, age, revoke, list, and count; never counted."""

import math
from typing import Any, Final

from aiohttp import web

from ops.simulator.accounts.desk import TokenDesk
from ops.simulator.accounts.registration import Registration
from ops.simulator.answers import ApiError, json_answer
from ops.simulator.config import MOST_USERS
from ops.simulator.control import CONTROL_PREFIX, read_members
from ops.simulator.people.newcomers import Newcomers

DAY_S: Final = 86_400.0
APP_FORM: Final = '{"allow_list": ["..."] or null, "owner_premium": true}'
LOGIN_FORM: Final = '{"user": "...", "scopes": [...], "pkce": false}'
REVOKE_FORM: Final = '{"user": "...", "access": false}'
AGE_FORM: Final = '{"user": "...", "days": 182}'
USERS_FORM: Final = f'{{"count": 100}}, and there can be {MOST_USERS} more users'


class AccountsControl:
    """Handlers of the control routes that are about accounts."""

    __slots__ = ("_desk", "_newcomers", "_registration")

    def __init__(self, desk: TokenDesk, registration: Registration, *, newcomers: Newcomers) -> None:
        self._desk = desk
        self._registration = registration
        self._newcomers = newcomers

    def routes(self) -> list[web.RouteDef]:
        """The control routes, ready for a router."""
        return [
            web.post(f"{CONTROL_PREFIX}/app", self.set_app),
            web.put(f"{CONTROL_PREFIX}/app", self.set_app),
            web.post(f"{CONTROL_PREFIX}/login", self.login),
            web.delete(f"{CONTROL_PREFIX}/login", self.revoke),
            web.post(f"{CONTROL_PREFIX}/age", self.age),
            web.post(f"{CONTROL_PREFIX}/users", self.add_users),
            web.get(f"{CONTROL_PREFIX}/tokens", self.tokens),
        ]

    async def set_app(self, request: web.Request) -> web.Response:
        """Change who may use the app and whether its owner pays; what the body leaves out stays."""
        body = await read_members(request, form=APP_FORM)
        listed, paid = body.get("allow_list"), body.get("owner_premium", True)
        if not body or not body.keys() <= {"allow_list", "owner_premium"}:
            raise ApiError(400, f"the body must be {APP_FORM}")
        if not isinstance(paid, bool) or not (listed is None or _is_texts(listed)):
            raise ApiError(400, f"the body must be {APP_FORM}")
        if "allow_list" in body:
            self._registration.allow_list = None if listed is None else frozenset(listed)
        if "owner_premium" in body:
            self._registration.owner_premium = paid
        return json_answer(self._registration.summary())

    async def login(self, request: web.Request) -> web.Response:
        """Sign a user in without a browser: `{"user": "demo", "scopes": ["user-library-read"]}`, or `"all"`."""
        body = await read_members(request, form=LOGIN_FORM, user=str)
        scopes, pkce = body.get("scopes", "all"), body.get("pkce", False)
        try:
            words = scopes if isinstance(scopes, str) else " ".join(scopes)
            tokens = self._desk.login(body["user"], words, pkce=bool(pkce))
        except (TypeError, ValueError) as error:
            raise ApiError(400, str(error)) from error
        return json_answer(tokens, cache_control="no-store")

    async def revoke(self, request: web.Request) -> web.Response:
        """Withdraw all consents of a user, which ends refresh tokens; with `access`, access tokens too."""
        body = await read_members(request, form=REVOKE_FORM, user=str)
        self._desk.revoke(body["user"], access=body.get("access") is True)
        return web.Response(status=204)

    async def age(self, request: web.Request) -> web.Response:
        """Make all consents of a user older by `days`."""
        body = await read_members(request, form=AGE_FORM, user=str)
        days = body.get("days")
        if isinstance(days, bool) or not isinstance(days, int | float) or not 0 <= days < math.inf:
            raise ApiError(400, f"the body must be {AGE_FORM}")
        return json_answer({"consents": self._desk.consents.age(body["user"], days * DAY_S)})

    async def add_users(self, request: web.Request) -> web.Response:
        """Let more users in, all of whom can sign in at once, and list their ids."""
        body = await read_members(request, form=USERS_FORM, count=int)
        try:
            arrived = self._newcomers.arrive(body["count"])
        except ValueError as error:
            raise ApiError(400, f"the body must be {USERS_FORM}") from error
        return json_answer({"users": [user.id for user in arrived]})

    async def tokens(self, _request: web.Request) -> web.Response:
        """How often each user signed in and was refreshed; no token is shown."""
        return json_answer(self._desk.tally.summary())


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
