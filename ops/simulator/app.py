"""The simulator as one application: Web API, accounts service and control routes, with no state outside it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from ops.simulator.accounts.authorize import Authorize
from ops.simulator.accounts.control import AccountsControl
from ops.simulator.accounts.desk import TOKEN_DESK, TokenDesk
from ops.simulator.accounts.exchange import TOKEN_PATH, Exchange
from ops.simulator.accounts.registration import Registration
from ops.simulator.calls import CALL_LOG, CallLog
from ops.simulator.categories import ROUTES
from ops.simulator.config import SimulatorConfig
from ops.simulator.control import Control
from ops.simulator.dispatch import serve
from ops.simulator.gate import Gate
from ops.simulator.objects.bodies import Bodies
from ops.simulator.people.newcomers import Newcomers
from ops.simulator.people.society import Society
from ops.simulator.player.player_control import PlayerControl
from ops.simulator.routes import Realm, Route
from ops.simulator.schedule import FaultSchedule
from ops.simulator.search.search import SearchIndex
from ops.simulator.world.world import World

API_ROOT: Final = "/v1"
DEFAULTS: Final = SimulatorConfig()


def create_app(
    config: SimulatorConfig = DEFAULTS,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> web.Application:
    """A strict fake of the Spotify Web API (`/v1/...`) and of its accounts service (`/authorize`, `/api/token`).

    `clock` gives seconds and never goes backwards; `sleep` waits for latency and delays. What clients did is in
    `app[CALL_LOG]`, and `app[TOKEN_DESK]` signs users in. The first application of a seed takes about half a
    second to make, later ones share its world but not its users.
    """
    log, schedule, world = CallLog(), FaultSchedule(config.faults), World.of(config.seed)
    society = Society.of(world, config.seed)
    newcomers = Newcomers(society, world, seed=config.seed)
    newcomers.arrive(config.users)
    registration = Registration(config)
    desk = TokenDesk(config, clock, society=society, registration=registration)
    families = {(route.method, path): route.family for route in ROUTES for path in _paths(route)}
    gate = Gate(config, clock=clock, sleep=sleep, log=log, schedule=schedule, desk=desk, families=families)
    app = web.Application(middlewares=[gate.serve])
    app[CALL_LOG], app[TOKEN_DESK] = log, desk
    bodies = Bodies(world, config.profile)
    realm = Realm(world, SearchIndex.of(config.seed), config.profile, bodies, society, clock())
    for parts in (
        (web.route(route.method, path, serve(route, realm)) for route in ROUTES for path in _paths(route)),
        (web.post(TOKEN_PATH, Exchange(desk, registration).handle),),
        Authorize(desk, registration, society=society).routes(),
        Control(config, log=log, schedule=schedule, registration=registration, society=society).routes(),
        AccountsControl(desk, registration, newcomers=newcomers).routes(),
        PlayerControl(society, world, clock=clock, started=realm.started).routes(),
    ):
        app.router.add_routes(tuple(parts))
    return app


def _paths(route: Route) -> tuple[str, str]:
    """Spotify takes a slash at the end as well; spotipy sends one with its batch reads."""
    path = API_ROOT + route.path
    return path, f"{path}/"
