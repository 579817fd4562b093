"""Audiobooks and their chapters; Spotify has them in a few English-speaking markets only."""

from gateway.catalogue.policies import LIMIT_20, MARKET, OFFSET, SLOW, batch_of, item_id, item_ids
from gateway.endpoint import Auth, Endpoint

AUDIOBOOKS = (
    Endpoint(
        id="get-an-audiobook",
        path="/audiobooks/{id}",
        summary="One audiobook with its first page of chapters",
        family="catalog-read",
        cache=SLOW,
        auth=Auth.MARKET,
        params=(item_id("audiobook"), MARKET),
    ),
    Endpoint(
        id="get-multiple-audiobooks",
        path="/audiobooks",
        summary="Several audiobooks",
        family="catalog-read",
        cache=SLOW,
        auth=Auth.MARKET,
        params=(item_ids("audiobooks", 50), MARKET),
        emulation=batch_of("get-an-audiobook", "audiobooks"),
    ),
    Endpoint(
        id="get-audiobook-chapters",
        path="/audiobooks/{id}/chapters",
        summary="The chapters of one audiobook, in pages",
        family="catalog-read",
        cache=SLOW,
        auth=Auth.MARKET,
        params=(item_id("audiobook"), MARKET, LIMIT_20, OFFSET),
    ),
    Endpoint(
        id="get-a-chapter",
        path="/chapters/{id}",
        summary="One chapter of an audiobook",
        family="catalog-read",
        cache=SLOW,
        auth=Auth.MARKET,
        params=(item_id("chapter"), MARKET),
    ),
    Endpoint(
        id="get-several-chapters",
        path="/chapters",
        summary="Several chapters",
        family="catalog-read",
        cache=SLOW,
        auth=Auth.MARKET,
        params=(item_ids("chapters", 50), MARKET),
        emulation=batch_of("get-a-chapter", "chapters"),
    ),
)
