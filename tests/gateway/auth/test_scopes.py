from typing import Any

import pytest

from gateway.auth.scopes import SCOPES, lacking
from gateway.catalogue import CATALOGUE
from gateway.params import bind
from ops.simulator.people.scopes import SCOPES as OF_SPOTIFY

A = "4cJPC6Y0d1ias1xK2lB9S2"
PUBLIC, PRIVATE = "playlist-modify-public", "playlist-modify-private"


def lack(endpoint_id: str, granted: frozenset[str] | None, **arguments: Any) -> tuple[str, ...]:
    endpoint = CATALOGUE[endpoint_id]
    return lacking(endpoint, bind(endpoint, arguments.items()), granted)


def test_there_are_the_scopes_of_the_web_api_and_each_is_of_use() -> None:
    assert set(OF_SPOTIFY) - {"streaming", "app-remote-control"} == SCOPES
    assert {scope for endpoint in CATALOGUE.values() for scope in endpoint.scopes} == SCOPES


@pytest.mark.parametrize("endpoint_id", CATALOGUE)
def test_nothing_lacks_where_everything_is_granted_or_nothing_is_known(endpoint_id: str) -> None:
    endpoint = CATALOGUE[endpoint_id]
    arguments = {"uris": (f"spotify:track:{A}",)}
    assert lacking(endpoint, arguments, SCOPES) == lacking(endpoint, arguments, None) == ()


def test_what_every_call_needs_is_named_in_the_catalogues_order() -> None:
    assert lack("get-queue", frozenset()) == ("user-read-currently-playing", "user-read-playback-state")
    assert lack("get-queue", frozenset({"user-read-playback-state"})) == ("user-read-currently-playing",)


def test_of_the_two_scopes_for_playlists_one_is_enough_where_the_playlist_decides() -> None:
    change = {"playlist_id": A, "name": "x"}
    assert lack("change-playlist-details", frozenset(), **change) == (PUBLIC, PRIVATE)
    for one in (PUBLIC, PRIVATE):
        assert lack("change-playlist-details", frozenset({one}), **change) == ()
    cover = {"playlist_id": A, "image": "/9j/4AAQ"}
    assert lack("upload-custom-playlist-cover", frozenset({PRIVATE}), **cover) == ("ugc-image-upload",)


@pytest.mark.parametrize(
    ("given", "needed"), [({}, PUBLIC), ({"public": True}, PUBLIC), ({"public": False}, PRIVATE)]
)
def test_a_new_playlist_needs_the_scope_for_what_it_will_be(given: dict[str, bool], needed: str) -> None:
    for other in (frozenset[str](), frozenset({PUBLIC, PRIVATE} - {needed})):
        assert lack("create-playlist", other, name="x", **given) == (needed,)
    assert lack("create-playlist", frozenset({needed}), name="x", **given) == ()


@pytest.mark.parametrize(
    ("kind", "read", "modify"),
    [
        *((kind, "user-library-read", "user-library-modify") for kind in ("track", "album", "show", "audiobook")),
        *((kind, "user-follow-read", "user-follow-modify") for kind in ("artist", "user")),
        ("playlist", "playlist-read-private", PUBLIC),
    ],
)
def test_the_library_needs_the_scopes_of_the_kinds_in_question(kind: str, read: str, modify: str) -> None:
    uris = [f"spotify:{kind}:{A}"]
    assert lack("check-library-contains", frozenset(), uris=uris) == (read,)
    assert lack("save-library-items", frozenset(), uris=uris) == (modify,)
    assert lack("remove-library-items", frozenset(), uris=uris) == (modify,)
    assert lack("remove-library-items", frozenset({modify}), uris=uris) == ()


def test_several_kinds_need_several_scopes_and_what_is_of_no_such_kind_none() -> None:
    uris = [f"spotify:artist:{A}", f"spotify:playlist:{A}", f"spotify:chapter:{A}", f"spotify:user:x:playlist:{A}"]
    assert lack("save-library-items", frozenset(), uris=uris) == ("user-follow-modify", PUBLIC)
    assert lack("save-library-items", frozenset(), uris=uris[2:]) == ()


def test_what_can_be_read_with_less_is_not_refused() -> None:
    assert lack("get-current-users-profile", frozenset()) == ()
    assert lack("get-playlist", frozenset(), playlist_id=A) == ()
    assert lack("get-a-list-of-current-users-playlists", frozenset()) == ()
