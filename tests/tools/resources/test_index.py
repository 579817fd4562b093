"""Which URI names what."""

import pytest

from gateway.catalogue import CATALOGUE
from gateway.endpoint import Profile
from gateway.errors import InvalidArgumentsError
from resources_rig import served_by
from tools.resources.index import ResourceIndex, UnknownResourceError

INDEX = ResourceIndex(CATALOGUE, served=served_by(Profile.EXTENDED))
ID = "4cJPC6Y0d1ias1xK2lB9S2"


@pytest.mark.parametrize(
    ("uri", "entry", "given"),
    [
        (f"spotify://albums/{ID}", "get-an-album", {"id": ID}),
        (f"spotify:album:{ID}", "get-an-album", {"id": ID}),
        (f"spotify:album:{ID}?market=US", "get-an-album", {"id": ID, "market": "US"}),
        (f"SPOTIFY://albums/{ID}", "get-an-album", {"id": ID}),
        (
            f"spotify://albums/{ID}/tracks?limit=5&offset=10",
            "get-an-albums-tracks",
            {"limit": "5", "offset": "10"},
        ),
        (f"spotify://playlists/{ID}/items", "get-playlists-items", {"playlist_id": ID}),
        (f"spotify:playlist:{ID}", "get-playlist", {"playlist_id": ID}),
        ("spotify:user:a%20b", "get-users-profile", {"user_id": "a b"}),
        ("spotify://users/a%2Fb", "get-users-profile", {"user_id": "a/b"}),
        ("spotify://browse/categories/party", "get-a-category", {"category_id": "party"}),
        ("spotify://me", "get-current-users-profile", {}),
        ("spotify://me/player/queue", "get-queue", {}),
        ("spotify://me/top/tracks?time_range=long_term", "get-users-top-artists-and-tracks", {"type": "tracks"}),
        ("spotify://me/following", "get-followed", {"type": "artist"}),
        ("spotify://genres", "get-recommendation-genres", {}),
    ],
)
def test_a_uri_names_a_call(uri: str, entry: str, given: dict[str, str]) -> None:
    target = INDEX.find(uri)
    assert target.resource.endpoint.id == entry
    assert given.items() <= dict(target.given).items()


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "spotify",
        "spotify:",
        "spotify://",
        "spotify:///me",
        "spotify://me/",
        "spotify://albums",
        "spotify://albums/",
        "spotify://albums/{id}/",
        f"spotify://albums/{ID}/nothing",
        f"spotify://albums/{ID}#part",
        "spotify:album:",
        "spotify:album",
        f"spotify:song:{ID}",
        f"spotify:user:x:playlist:{ID}",
        f"https://open.spotify.com/album/{ID}",
        f"file://albums/{ID}",
        "spotify://me?" + "x" * 2000,
    ],
)
def test_what_names_nothing_is_said_to_be_unknown(uri: str) -> None:
    with pytest.raises(UnknownResourceError, match=r"Unknown resource: .*resources/list"):
        INDEX.find(uri)


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(InvalidArgumentsError, match="at most 20"):
        INDEX.find("spotify://me?" + "&".join(f"x{number}=1" for number in range(50)))


def test_templates_name_what_may_be_said_and_no_older_names() -> None:
    templates = {resource.name: resource.template for resource in INDEX.templates}
    assert templates["album"] == "spotify://albums/{id}{?market}"
    assert templates["artist"] == "spotify://artists/{id}"
    assert templates["top-tracks-of-an-artist"] == "spotify://artists/{id}/top-tracks{?market}"
    assert templates["tracks-of-an-album"] == "spotify://albums/{id}/tracks{?market,limit,offset}"
    assert templates["my-top-tracks"] == "spotify://me/top/tracks{?time_range,limit,offset}"
    assert templates["browse-category"] == "spotify://browse/categories/{id}{?locale,country}"
    assert not any("market,country" in template for template in templates.values())
