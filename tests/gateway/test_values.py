import base64
from typing import Any

import pytest

from gateway.catalogue import CATALOGUE
from gateway.errors import InvalidArgumentsError
from gateway.params import bind, render

ID = "4cJPC6Y0d1ias1xK2lB9S2"
URI = f"spotify:track:{ID}"
JPEG = base64.b64encode(b"\xff\xd8\xff" + bytes(100)).decode()


def bound(endpoint: str, **given: Any) -> Any:
    return bind(CATALOGUE[endpoint], given.items())


@pytest.mark.parametrize(
    ("endpoint", "given", "path", "query", "body"),
    [
        ("save-tracks-user", {"ids": [ID]}, "/me/tracks", {}, b'{"ids":["%s"]}' % ID.encode()),
        ("save-shows-user", {"ids": ID}, "/me/shows", {"ids": ID}, b""),
        ("save-library-items", {"uris": [URI, URI]}, "/me/library", {"uris": f"{URI},{URI}"}, b""),
        ("toggle-shuffle-for-users-playback", {"state": "true"}, "/me/player/shuffle", {"state": "true"}, b""),
        ("transfer-a-users-playback", {"device_ids": ["d"], "play": False}, "/me/player", {},
         b'{"device_ids":["d"],"play":false}'),
        ("start-a-users-playback", {"uris": [URI], "offset": {"position": 0}, "position_ms": 5},
         "/me/player/play", {}, b'{"uris":["%s"],"offset":{"position":0},"position_ms":5}' % URI.encode()),
        ("reorder-or-replace-playlists-items", {"playlist_id": ID, "uris": []}, f"/playlists/{ID}/items", {},
         b'{"uris":[]}'),
        ("upload-custom-playlist-cover", {"playlist_id": ID, "image": JPEG}, f"/playlists/{ID}/images", {},
         JPEG.encode()),
        ("get-recommendations", {"seed_tracks": ID, "target_energy": "0.5"}, "/recommendations",
         {"seed_tracks": ID, "target_energy": "0.5"}, b""),
        ("get-users-profile", {"user_id": "a/b ü"}, "/users/a%2Fb%20%C3%BC", {}, b""),
    ],
)  # fmt: skip
def test_values_go_where_spotify_wants_them(
    endpoint: str, given: dict[str, Any], path: str, query: dict[str, str], body: bytes
) -> None:
    request = render(CATALOGUE[endpoint], bound(endpoint, **given))
    assert (request.path, dict(request.query), request.body) == (path, query, body)


@pytest.mark.parametrize(
    ("endpoint", "given", "said"),
    [
        ("toggle-shuffle-for-users-playback", {"state": "yes"}, "state: must be true or false"),
        ("set-volume-for-users-playback", {"volume_percent": 101}, "from 0 to 100"),
        ("seek-to-position-in-currently-playing-track", {"position_ms": -1}, "from 0 up"),
        ("set-repeat-mode-on-users-playback", {"state": "on"}, "must be track, context or off"),
        ("add-to-queue", {"uri": "track:x"}, "uri: must be a Spotify URI"),
        ("save-library-items", {"uris": ",".join([URI] * 41)}, "at most 40"),
        ("transfer-a-users-playback", {"device_ids": ["a", "b"]}, "at most 1"),
        ("start-a-users-playback", {"uris": [URI], "context_uri": URI}, "exclude each other"),
        ("start-a-users-playback", {"offset": {"position": 1}}, "offset needs context_uri or uris"),
        ("start-a-users-playback", {"uris": [URI], "offset": {"position": 1, "uri": URI}}, "offset: must be"),
        ("get-recently-played", {"after": 1, "before": 2}, "after and before exclude each other"),
        ("get-recommendations", {"limit": 5}, "one of seed_artists, seed_genres, seed_tracks"),
        ("get-recommendations", {"seed_genres": "a,b,c", "seed_tracks": [ID] * 3}, "5 members in all, not 6"),
        ("get-recommendations", {"seed_genres": "a", "min_energy": "nan"}, "min_energy: must be a number"),
        ("get-recommendations", {"seed_genres": "a", "min_energy": 2}, "from 0 to 1"),
        ("reorder-or-replace-playlists-items", {"playlist_id": ID}, "one of uris, range_start"),
        ("reorder-or-replace-playlists-items", {"playlist_id": ID, "range_start": 1}, "needs insert_before"),
        ("change-playlist-details", {"playlist_id": ID}, "one of name, public"),
        ("remove-items-playlist", {"playlist_id": ID, "items": [{"id": ID}]}, "items: must hold objects"),
        ("remove-items-playlist", {"playlist_id": ID, "items": []}, "list that is not empty"),
        ("add-items-to-playlist", {"playlist_id": ID}, "one of uris"),
        ("add-items-to-playlist", {"playlist_id": ID, "uris": []}, "list that is not empty"),
        ("save-tracks-user", {"timestamped_ids": [{"id": ID}]}, "timestamped_ids: must hold objects"),
        ("upload-custom-playlist-cover", {"playlist_id": ID, "image": "%%%"}, "encoded in Base64"),
        ("upload-custom-playlist-cover", {"playlist_id": ID, "image": "aGVsbG8="}, "must be a JPEG"),
        ("upload-custom-playlist-cover", {"playlist_id": ID, "image": JPEG * 3000}, "not be larger than 262144"),
        ("follow-artists-users", {"type": "artist", "ids": [f"{ID},{ID}"]}, "members with commas"),
        ("create-playlist", {"name": ""}, "name: must be a text"),
        ("create-playlist", {"name": 5}, "name: must be a text"),
    ],
)
def test_a_value_that_does_not_fit_is_explained(endpoint: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidArgumentsError, match=said):
        bound(endpoint, **given)


def test_a_playlist_can_be_cleared_in_either_place() -> None:
    nothings: tuple[object, ...] = ([], "")
    for nothing in nothings:
        assert bound("reorder-or-replace-playlists-items", playlist_id=ID, uris=nothing)["uris"] == ()


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert bound("get-an-albums-tracks", id=ID, limit=7.0, offset="3.0") == {"id": ID, "limit": 7, "offset": 3}


def test_a_place_in_a_playlist_may_be_beyond_the_longest_list() -> None:
    tracks = [{"uri": URI, "positions": [0, 9000]}]
    assert bound("remove-tracks-playlist", playlist_id=ID, tracks=tracks)["tracks"] == tuple(tracks)


def test_an_empty_description_is_a_description() -> None:
    assert bound("change-playlist-details", playlist_id=ID, description="")["description"] == ""
