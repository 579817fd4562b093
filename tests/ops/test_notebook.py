from pathlib import Path

import pytest

from ops.metrics import Metrics
from ops.notebook import FileNotebook, read


def notebook(path: Path, client_id: str = "one") -> FileNotebook:
    return FileNotebook(path, client_id=client_id, metrics=Metrics())


def test_lessons_outlive_the_process_and_are_kept_by_app(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lessons.json"
    notebook(path).note("search")
    notebook(path, "two").note("get-markets")
    assert notebook(path).lacks("search")
    assert not notebook(path).lacks("get-markets")
    assert notebook(path, "two").lacks("get-markets")
    assert [entry.name for entry in path.parent.iterdir()] == ["lessons.json"]


def test_a_lesson_shows_in_the_metrics(tmp_path: Path) -> None:
    metrics = Metrics()
    FileNotebook(tmp_path / "x", client_id="one", metrics=metrics).note("search")
    value = metrics.registry.get_sample_value("fermata_profile_lacking", {"endpoint": "search"})
    assert value == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"one": null}', b'{"one": 5}', b"\xff"])
def test_a_file_that_cannot_be_understood_is_forgotten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lessons.json"
    path.write_bytes(content)
    assert read(path) == {}
    notebook(path).note("search")
    assert read(path) == {"one": ["search"]}


def test_a_folder_that_cannot_be_written_to_stops_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    book = notebook(blocked / "lessons.json")
    book.note("search")
    assert book.lacks("search")
