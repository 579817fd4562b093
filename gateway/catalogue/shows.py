"""Shows and their episodes; with a user's token they tell how far that user has listened."""

from functools import partial

from gateway.catalogue.fills import IN_EPISODE, IN_SHOW, episodes, in_part
from gateway.catalogue.policies import FAST, LIMIT_20, MARKET, OFFSET, SLOW, batch_of, item_id, item_ids
from gateway.endpoint import Auth, Endpoint

_read = partial(Endpoint, family="catalog-read", cache=SLOW, auth=Auth.MARKET)

SHOWS = (
    _read(
        id="get-a-show",
        path="/shows/{id}",
        summary="One show with its first page of episodes",
        params=(item_id("show"), MARKET),
        fills=IN_SHOW,
    ),
    _read(
        id="get-multiple-shows",
        path="/shows",
        summary="Several shows",
        params=(item_ids("shows", 50), MARKET),
        # A batch has them without their episodes.
        emulation=batch_of("get-a-show", "shows", whole=False),
        fills=in_part("get-a-show", "shows[]"),
    ),
    Endpoint(
        id="get-a-shows-episodes",
        path="/shows/{id}/episodes",
        summary="The episodes of one show, in pages",
        family="catalog-read",
        cache=FAST,
        auth=Auth.MARKET,
        params=(item_id("show"), MARKET, LIMIT_20, OFFSET),
        fills=in_part("get-an-episode", "items[]"),
    ),
    _read(
        id="get-an-episode",
        path="/episodes/{id}",
        summary="One episode",
        params=(item_id("episode"), MARKET),
        fills=IN_EPISODE,
    ),
    _read(
        id="get-multiple-episodes",
        path="/episodes",
        summary="Several episodes",
        params=(item_ids("episodes", 50), MARKET),
        emulation=batch_of("get-an-episode", "episodes"),
        fills=episodes("episodes[]"),
    ),
)
