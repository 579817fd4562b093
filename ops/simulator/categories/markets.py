"""Markets: the countries with a service, in alphabetical order."""

from typing import Final

from ops.simulator.objects.objects import Json
from ops.simulator.routes import BEFORE_FEB_2026, Ask, Route
from ops.simulator.world.markets import MARKETS


def get_markets(_ask: Ask) -> Json:
    """`GET /markets`."""
    return {"markets": MARKETS}


ROUTES: Final = (Route("/markets", get_markets, BEFORE_FEB_2026),)
