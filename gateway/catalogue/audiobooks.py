"""Audiobooks and their chapters; Spotify has them in a few English-speaking markets only."""

from functools import partial

from gateway.catalogue.fills import IN_AUDIOBOOK, IN_CHAPTER, audiobooks, chapters, in_part
from gateway.catalogue.policies import LIMIT_20, MARKET, OFFSET, SLOW, batch_of, item_id, item_ids
from gateway.endpoint import Auth, Endpoint

_read = partial(Endpoint, family="catalog-read", cache=SLOW, auth=Auth.MARKET)

AUDIOBOOKS = (
    _read(
        id="get-an-audiobook",
        path="/audiobooks/{id}",
        summary="One audiobook with its first page of chapters",
        params=(item_id("audiobook"), MARKET),
        fills=IN_AUDIOBOOK,
    ),
    _read(
        id="get-multiple-audiobooks",
        path="/audiobooks",
        summary="Several audiobooks",
        params=(item_ids("audiobooks", 50), MARKET),
        emulation=batch_of("get-an-audiobook", "audiobooks"),
        fills=audiobooks("audiobooks[]"),
    ),
    _read(
        id="get-audiobook-chapters",
        path="/audiobooks/{id}/chapters",
        summary="The chapters of one audiobook, in pages",
        params=(item_id("audiobook"), MARKET, LIMIT_20, OFFSET),
        fills=in_part("get-a-chapter", "items[]"),
    ),
    _read(
        id="get-a-chapter",
        path="/chapters/{id}",
        summary="One chapter of an audiobook",
        params=(item_id("chapter"), MARKET),
        fills=IN_CHAPTER,
    ),
    _read(
        id="get-several-chapters",
        path="/chapters",
        summary="Several chapters",
        params=(item_ids("chapters", 50), MARKET),
        emulation=batch_of("get-a-chapter", "chapters"),
        fills=chapters("chapters[]"),
    ),
)
