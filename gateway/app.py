"""Puts routes and middlewares into one application; it opens and closes nothing."""

from collections.abc import Callable, Collection, Iterable, Mapping

from aiohttp import web

from gateway.admission import Admit, AtAnyRate
from gateway.callers import Callers, LocalCallers
from gateway.client import SpotifyClient
from gateway.cors import preflight, share
from gateway.endpoint import Endpoint
from gateway.express import ExpressLane
from gateway.guards import Guard
from gateway.lanes import LANES, Lane
from gateway.middleware import admitting, guarding, tracing, translating
from gateway.observer import GatewayObserver
from gateway.routes import ALIASES, routes

Mount = Callable[[web.Application], None]
"""Attaches further routes, so that packages above this one need not be imported here."""

MAX_BODY_BYTES = 4 * 1024 * 1024


def create_app(
    client: SpotifyClient,
    catalogue: Mapping[str, Endpoint],
    *,
    guard: Guard,
    observer: GatewayObserver,
    clock: Callable[[], float],
    callers: Callers = LocalCallers(),  # noqa: B008 - it has no state
    admit: Admit = AtAnyRate(),  # noqa: B008 - it has no state
    mounts: Iterable[Mount] = (),
    self_guarded: Collection[str] = (),
    shared: Collection[str] = (),
) -> web.Application:
    """Return the application of the gateway.

    Args:
        client: Answers the REST mirror.
        catalogue: The operations that are mirrored.
        guard: Which hosts and origins may ask.
        observer: Told of every request.
        clock: Monotonic seconds.
        callers: Know who calls the mirror; what is mounted sees to itself.
        admit: How fast a caller may send to it.
        mounts: Called with the application, to attach further routes.
        self_guarded: Paths among those that apply `guard` themselves, with all below them.
        shared: Paths, with all below them, that pages of any origin may ask.
    """
    app = web.Application(
        # Outermost first: an id for everything, then browsers' questions, the guard, the errors of all further in,
        # and who calls at which pace.
        middlewares=[
            tracing(observer, clock=clock),
            preflight(guard),
            guarding(guard, self_guarded=self_guarded, shared=shared),
            translating(observer, client, callers=callers),
            admitting(callers, admit, ALIASES),
        ],
        client_max_size=MAX_BODY_BYTES,
    )
    share(app, guard)
    lanes: list[Lane] = [
        ExpressLane(client, guard=guard, callers=callers, observer=observer, clock=clock, admit=admit)
    ]
    app[LANES] = lanes
    app.add_routes(routes(catalogue, client))
    for mount in mounts:
        mount(app)
    return app
