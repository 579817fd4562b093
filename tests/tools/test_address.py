import pytest
from pydantic import TypeAdapter, ValidationError

from tools.address import PlayableUri, PlaylistId, TrackId

ID = "37i9dQZF1DXcBWIGoYBM5M"


@pytest.mark.parametrize(
    "written",
    [
        ID,
        f" {ID} ",
        f"spotify:playlist:{ID}",
        f"spotify:user:someone:playlist:{ID}",
        f"https://open.spotify.com/playlist/{ID}",
        f"https://open.spotify.com/playlist/{ID}?si=0123456789abcdef",
        f"http://open.spotify.com/intl-pt-BR/playlist/{ID}/",
        f"open.spotify.com/embed/playlist/{ID}",
        f"https://open.spotify.com/user/someone/playlist/{ID}#top",
        f"https://PLAY.spotify.com/playlist/{ID}",
    ],
)
def test_a_playlist_is_found_however_it_is_named(written: str) -> None:
    assert TypeAdapter(PlaylistId).validate_python(written) == ID


@pytest.mark.parametrize(
    ("written", "uri"),
    [
        (ID, f"spotify:track:{ID}"),
        (f"spotify:track:{ID}", f"spotify:track:{ID}"),
        (f"spotify:episode:{ID}", f"spotify:episode:{ID}"),
        (f"https://open.spotify.com/episode/{ID}", f"spotify:episode:{ID}"),
    ],
)
def test_what_a_playlist_can_hold_becomes_a_uri(written: str, uri: str) -> None:
    assert TypeAdapter(PlayableUri).validate_python(written) == uri


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (f"spotify:album:{ID}", "names a thing of the kind album; it must be a track"),
        (f"https://open.spotify.com/playlist/{ID}", "names a thing of the kind playlist; it must be a track"),
        ("spotify:local:Band:Record:Song:180", "names a file of the user's own"),
        ("Instant Crush", "must name a track by its id (22 letters and digits), its URI (spotify:track:…)"),
        (f"{ID}x", "must name a track"),
        (f"https://evil.example/track/{ID}", "must name a track"),
        (f"spotify:track:{ID}\nspotify:track:{ID}", "must name a track"),
        ("", "must name a track"),
    ],
)
def test_anything_else_is_told_what_it_is_and_what_it_must_be(written: str, said: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(TrackId).validate_python(written)
    assert refusal.value.errors()[0]["msg"].startswith(said)
