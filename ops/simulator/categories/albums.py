"""Albums and their tracks; an unknown album of a batch is null in its place."""

from typing import Final

from ops.simulator.lookup import one
from ops.simulator.objects.objects import Json
from ops.simulator.paging import Page, repeated
from ops.simulator.params import PAGE, read_ids, read_limit, read_offset
from ops.simulator.routes import BEFORE_FEB_2026, Ask, Route

MOST_IDS: Final = 20


def get_album(ask: Ask) -> Json:
    """`GET /albums/{id}`."""
    market = ask.market
    return ask.realm.bodies.album(one(ask.realm.world.album_by_id, ask.path["id"]), market=market)


def get_albums(ask: Ask) -> Json:
    """`GET /albums?ids=`."""
    ids, market = read_ids(ask.query, most=MOST_IDS), ask.market
    found = map(ask.realm.world.album_by_id.get, ids)
    return {"albums": [album and ask.realm.bodies.album(album, market=market) for album in found]}


def get_album_tracks(ask: Ask) -> Json:
    """`GET /albums/{id}/tracks`."""
    limit, offset = read_limit(ask.query, PAGE), read_offset(ask.query)
    market = ask.market
    album = one(ask.realm.world.album_by_id, ask.path["id"])
    tracks = [ask.realm.world.tracks[number] for number in album.tracks[offset : offset + limit]]
    page = Page(f"/albums/{album.id}/tracks", offset, limit, repeated(ask.query, "market"))
    return page.body(
        [ask.realm.bodies.track_ref(track, market=market) for track in tracks], total=len(album.tracks)
    )


ROUTES: Final = (
    Route("/albums", get_albums, BEFORE_FEB_2026),
    Route("/albums/{id}", get_album),
    Route("/albums/{id}/tracks", get_album_tracks),
)
