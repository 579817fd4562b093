"""What people paste is understood, and what is not is named with its place before anything is sent."""

import io
from pathlib import Path

import pytest

from ops.warm.command import read_wish
from ops.warm.items import BATCHES, BadItemsError, Item, item_of, read_items

ID = "4uLU6hMCjMI75M1A2tKUQC"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ID, "track"),
        (f"spotify:album:{ID}", "album"),
        (f"spotify:user:some.one:playlist:{ID}", "playlist"),
        (f"playlist:{ID}", "playlist"),
        (f"artist:{ID}", "artist"),
        (f"https://open.spotify.com/show/{ID}", "show"),
        (f"https://open.spotify.com/intl-de/track/{ID}?si=0123456789abcdef", "track"),
        (f"open.spotify.com/episode/{ID}/", "episode"),
        (f"http://open.spotify.com/embed/audiobook/{ID}#top", "audiobook"),
        (f"https://open.spotify.com/user/some.one/playlist/{ID}", "playlist"),
        (f"spotify:chapter:{ID}", "chapter"),
    ],
)
def test_an_item_is_known_by_its_id_uri_or_link(text: str, kind: str) -> None:
    assert item_of(text, kind="track") == Item(kind, ID)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ID[:-1],
        f"{ID}x",
        "spotify:local:Garage+Days::Tape:184",
        "spotify:user:some.one",
        f"spotify:category:{ID}",
        f"https://example.com/track/{ID}",
        f"https://open.spotify.com.example/track/{ID}",
        "é" * 22,
    ],
)
def test_anything_else_is_no_item(text: str) -> None:
    assert item_of(text, kind="track") is None


def test_a_bare_id_is_of_the_kind_that_was_said() -> None:
    assert item_of(ID, kind="album") == Item("album", ID)


def test_items_come_from_arguments_files_and_standard_input_each_once(tmp_path: Path) -> None:
    file = tmp_path / "items.txt"
    file.write_bytes(f"\ufeff# mine\r\n\r\n{ID}\r\n album:{ID} ".encode())
    stdin = io.StringIO(f"{ID}\nshow:{ID}\n")
    found = read_items([f"artist:{ID}", "-"], files=[str(file)], kind="track", stdin=stdin)
    assert [item.kind for item in found] == ["artist", "track", "show", "album"]


def test_every_unreadable_item_is_named_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "items.txt"
    file.write_bytes(b"\xff\xfe broken\n" + ID.encode() + b"\nnonsense\n")
    with pytest.raises(BadItemsError) as caught:
        read_wish(
            ["what", "-", ID],
            files=[str(file), str(tmp_path / "absent")],
            gateway="ftp://here",
            market="us",
            stdin=io.StringIO(f"{ID}\nthat\n"),
        )
    told = caught.value.problems
    assert [problem.split(" is ")[0].split(": ")[0] for problem in told] == [
        "--gateway",
        "--market",
        "item 1",
        "standard input, line 2",
        f"{file}, line 1",
        f"{file}, line 3",
        str(tmp_path / "absent"),
    ]
    assert all("open.spotify.com link to a track, album, " in problem for problem in told[2:6])
    assert all("episode or playlist" in problem for problem in told[2:6])


def test_nothing_to_warm_is_said() -> None:
    with pytest.raises(BadItemsError, match="nothing to warm"):
        read_wish([], gateway="http://127.0.0.1:8080")


def test_the_address_may_be_that_of_the_mirror() -> None:
    assert read_wish([ID], gateway="http://127.0.0.1:8080/v1/").gateway == "http://127.0.0.1:8080"


def test_every_kind_has_a_batch_of_the_size_that_spotify_took() -> None:
    assert {kind: batch.most for kind, batch in BATCHES.items()} == {
        "track": 50,
        "album": 20,
        "artist": 50,
        "show": 50,
        "episode": 50,
        "audiobook": 50,
        "chapter": 50,
    }
