"""The fields filter keeps what was asked for, at any depth, and refuses what it cannot read."""

from typing import Any

import pytest

from ops.simulator.answers import ApiError
from ops.simulator.objects.fields import parse_fields

TRACK = {"name": "n", "id": "i", "album": {"name": "a", "images": [1], "id": "b"}}
BODY = {
    "name": "p",
    "owner": {"id": "o", "uri": "u"},
    "tracks": {"total": 2, "items": [{"added_at": "t", "track": TRACK}, {"added_at": "t", "track": None}]},
}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("name", {"name": "p"}),
        ("name , owner.id", {"name": "p", "owner": {"id": "o"}}),
        ("owner(id)", {"owner": {"id": "o"}}),
        ("tracks.total", {"tracks": {"total": 2}}),
        ("tracks(total,items(added_at))", {"tracks": {"total": 2, "items": [{"added_at": "t"}] * 2}}),
        (
            "tracks.items(track(name,id))",
            {"tracks": {"items": [{"track": {"name": "n", "id": "i"}}, {"track": None}]}},
        ),
        ("tracks.items.track.name", {"tracks": {"items": [{"track": {"name": "n"}}, {"track": None}]}}),
        (
            "tracks.items(track(album(!images,id)))",
            {"tracks": {"items": [{"track": {"album": {"name": "a", "id": "b"}}}, {"track": None}]}},
        ),
        ("!tracks", {"name": "p", "owner": {"id": "o", "uri": "u"}}),
        ("!tracks,owner(id)", {"name": "p", "owner": {"id": "o"}}),
        ("owner.id,owner.uri", {"owner": {"id": "o", "uri": "u"}}),
        ("name(x)", {"name": "p"}),
        ("nothing", {}),
    ],
)
def test_a_filter_leaves_what_it_names(text: str, left: Any) -> None:
    assert parse_fields(text).of(BODY) == left


@pytest.mark.parametrize("text", ["(", "a(", "a(b", "a)", "a,,b", "a.", ".a", "a()", "!", "a b", "a{b}", ","])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(ApiError, match="Invalid fields"):
        parse_fields(text)
