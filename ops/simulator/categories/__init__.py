"""The Web API by category: one module each, whose `ROUTES` is all that the application reads."""

from typing import Final

from ops.simulator.categories import albums, artists, audio, search, tracks
from ops.simulator.routes import Route

ROUTES: Final[tuple[Route, ...]] = (
    *search.ROUTES,
    *tracks.ROUTES,
    *albums.ROUTES,
    *artists.ROUTES,
    *audio.ROUTES,
)
