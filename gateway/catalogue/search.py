"""Search."""

from gateway.catalogue.fills import albums_in_part, artists, in_part, tracks
from gateway.catalogue.policies import FAST, LIMIT, MARKET
from gateway.endpoint import Endpoint, Paged, Param, Profile

TYPES = ("album", "artist", "playlist", "track", "show", "episode", "audiobook")

SEARCH = (
    Endpoint(
        id="search",
        path="/search",
        summary="Search the catalogue over one or more kinds of item",
        family="search",
        cache=FAST,
        params=(
            Param(
                name="q",
                kind="text",
                required=True,
                about="What to look for; field filters such as artist: and year: are understood.",
            ),
            Param(
                name="type",
                kind="words",
                required=True,
                choices=TYPES,
                about="Kinds of item to look for, comma separated.",
            ),
            MARKET,
            LIMIT,
            Param(
                name="offset",
                kind="integer",
                maximum=1000,
                default=0,
                about="Index of the first item of each kind.",
            ),
            Param(
                name="include_external",
                kind="word",
                choices=("audio",),
                about="Whether externally hosted audio counts as playable.",
            ),
        ),
        emulation={Profile.DEVELOPMENT: Paged(10)},
        fills=(
            *artists("artists.items[]"),
            *tracks("tracks.items[]"),
            *albums_in_part("albums.items[]"),
            *in_part("get-a-show", "shows.items[]"),
            *in_part("get-an-episode", "episodes.items[]"),
            *in_part("get-an-audiobook", "audiobooks.items[]"),
        ),
    ),
)
