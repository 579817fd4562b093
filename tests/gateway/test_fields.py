import pytest

from gateway.fields import contents_as_items, names_of, playlist_as_items, translate


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("items(track(name,track,album(track)))", "items(item(name,track,album(track)))"),
        ("items.track.name,total", "items.item.name,total"),
        ("total,items(added_at,track.name,track(id)),limit", "total,items(added_at,item.name,item(id)),limit"),
        ("items(item(name))", "items(item(name))"),
        ("!items.track", "!items.item"),
        ("track", "track"),
        ("items(track", "items(item"),
        ("))((,.", "))((,."),
        ("", ""),
    ],
)
def test_the_entries_of_a_page_are_renamed_and_nothing_else(old: str, new: str) -> None:
    assert translate(old, contents_as_items) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name,tracks.items(track(name))", "name,items.items(item(name))"),
        ("tracks(total,items(track(id,name))),id", "items(total,items(item(id,name))),id"),
        ("tracks.items.track.name", "items.items.item.name"),
        ("owner(tracks)", "owner(tracks)"),
    ],
)
def test_the_contents_of_a_playlist_are_renamed_with_their_entries(old: str, new: str) -> None:
    assert translate(old, playlist_as_items) == new


def test_the_outermost_names_tell_which_generation_a_caller_is_of() -> None:
    assert names_of("name,tracks.items(track(name)),owner.id") == {"name", "tracks", "owner"}
