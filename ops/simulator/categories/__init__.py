"""The Web API by category: one module each, whose `ROUTES` is all that the application reads."""

from typing import Final

from ops.simulator.categories import (
    albums,
    artists,
    audio,
    audiobooks,
    browse,
    chapters,
    covers,
    episodes,
    follows,
    library,
    markets,
    player,
    player_commands,
    playlist_followers,
    playlist_items,
    playlists,
    recommendations,
    search,
    shows,
    tracks,
    users,
)
from ops.simulator.routes import Route

ROUTES: Final[tuple[Route, ...]] = (
    *search.ROUTES,
    *tracks.ROUTES,
    *albums.ROUTES,
    *artists.ROUTES,
    *audio.ROUTES,
    *shows.ROUTES,
    *episodes.ROUTES,
    *audiobooks.ROUTES,
    *chapters.ROUTES,
    *browse.ROUTES,
    *markets.ROUTES,
    *recommendations.ROUTES,
    *player.ROUTES,
    *player_commands.ROUTES,
    *users.ROUTES,
    *library.ROUTES,
    *follows.ROUTES,
    *playlists.ROUTES,
    *playlist_items.ROUTES,
    *playlist_followers.ROUTES,
    *covers.ROUTES,
)
