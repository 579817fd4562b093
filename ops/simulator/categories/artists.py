"""Artists and what hangs on them; a discography lists own releases newest first, then guest appearances."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from ops.simulator.lookup import one
from ops.simulator.objects.objects import Json
from ops.simulator.paging import Page, repeated
from ops.simulator.params import narrowed, read_choices, read_ids, read_limit, read_offset
from ops.simulator.routes import BEFORE_FEB_2026, BEFORE_NOV_2024, Ask, Route
from ops.simulator.world.records import Album, Artist
from ops.simulator.world.world import World

MOST_IDS: Final = 50
TOP: Final = 10
GROUPS: Final = ("album", "single", "compilation", "appears_on")


def get_artist(ask: Ask) -> Json:
    """`GET /artists/{id}`."""
    return ask.realm.bodies.artist(_artist(ask))


def get_artists(ask: Ask) -> Json:
    """`GET /artists?ids=`."""
    found = map(ask.realm.world.artist_by_id.get, read_ids(ask.query, most=MOST_IDS))
    return {"artists": [artist and ask.realm.bodies.artist(artist) for artist in found]}


def get_artist_albums(ask: Ask) -> Json:
    """`GET /artists/{id}/albums`."""
    groups = read_choices(ask.query, "include_groups", choices=GROUPS, complaint="Invalid include_groups")
    limit, offset = read_limit(ask.query, narrowed(ask.realm.profile)), read_offset(ask.query)
    market = ask.market
    artist = _artist(ask)
    listed = [pair for pair in _discography(ask.realm.world, artist) if pair[0] in (groups or GROUPS)]
    extra = repeated(ask.query, "include_groups", "market")
    page = Page(f"/artists/{artist.id}/albums", offset, limit, extra)
    items = [
        ask.realm.bodies.album_ref(album, market=market, group=group)
        for group, album in listed[offset : offset + limit]
    ]
    return page.body(items, total=len(listed))


def get_top_tracks(ask: Ask) -> Json:
    """`GET /artists/{id}/top-tracks`."""
    market = ask.market
    tracks = ask.realm.world.top_tracks(_artist(ask), count=TOP)
    return {"tracks": [ask.realm.bodies.track(track, market=market) for track in tracks]}


def get_related_artists(ask: Ask) -> Json:
    """`GET /artists/{id}/related-artists`."""
    return {"artists": [ask.realm.bodies.artist(other) for other in ask.realm.world.related(_artist(ask))]}


def _artist(ask: Ask) -> Artist:
    return one(ask.realm.world.artist_by_id, ask.path["id"])


def _discography(world: World, artist: Artist) -> Iterator[tuple[str, Album]]:
    own = [(album.kind, album) for album in map(world.albums.__getitem__, world.albums_of[artist.number])]
    newest_first = sorted(own, key=lambda pair: pair[1].released, reverse=True)
    by_group = sorted(newest_first, key=lambda pair: GROUPS.index(pair[0]))
    return chain(by_group, (("appears_on", album) for album in world.appearances(artist)))


ROUTES: Final = (
    Route("/artists", get_artists, BEFORE_FEB_2026),
    Route("/artists/{id}", get_artist),
    Route("/artists/{id}/albums", get_artist_albums),
    Route("/artists/{id}/top-tracks", get_top_tracks, BEFORE_FEB_2026),
    Route("/artists/{id}/related-artists", get_related_artists, BEFORE_NOV_2024),
)
