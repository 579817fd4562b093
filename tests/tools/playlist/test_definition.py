import pytest

from tool_rig import LIBRARY, PLAYLISTS, Rig
from tools.tool import Tool


def made(rig: Rig) -> Tool:
    return rig.make(None, clock=lambda: 0.0)


@pytest.mark.parametrize(
    ("rig", "name", "most", "idempotent"),
    [(PLAYLISTS, "spotify_playlist", 4000, False), (LIBRARY, "spotify_library", 3000, True)],
)
def test_a_tool_and_its_reader_say_what_they_are_within_a_small_budget(
    rig: Rig, name: str, most: int, *, idempotent: bool
) -> None:
    tool = made(rig)
    reader = tool.reader
    assert reader is not None
    assert reader.reader is None
    for one, reads in ((tool, False), (reader, True)):
        definition = one.describe()
        hints = definition.annotations
        assert hints is not None
        assert definition.name == name
        assert (hints.read_only_hint, hints.destructive_hint) == (reads, not reads)
        assert (hints.idempotent_hint, hints.open_world_hint) == (reads or idempotent, True)
        assert definition.input_schema["additionalProperties"] is False
        assert definition.input_schema["required"] == ["action"]
        assert definition.output_schema is not None
        assert {"ok", "action", "_msg"} <= set(definition.output_schema["required"])
        assert len(definition.model_dump_json(by_alias=True, exclude_none=True)) <= most


def test_a_reader_knows_no_word_of_what_it_cannot_do() -> None:
    reader = made(PLAYLISTS).reader
    assert reader is not None
    assert reader.input_schema["properties"]["action"]["enum"] == ["list_user", "get", "items"]
    assert not {"uris", "name", "snapshot_id"} & set(reader.input_schema["properties"])
