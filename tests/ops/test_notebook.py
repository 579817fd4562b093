from pathlib import Path

import pytest

from gateway.learned import Lesson
from ops.metrics import Metrics
from ops.notebook import FileNotebook, read


def notebook(path: Path, client_id: str = "one") -> FileNotebook:
    return FileNotebook(path, client_id=client_id, metrics=Metrics())


def test_lessons_outlive_the_process_and_are_kept_by_app(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lessons.json"
    notebook(path).note("search", Lesson.CUT)
    notebook(path, "two").note("search", Lesson.SERVED)
    assert notebook(path).lessons() == {"search": Lesson.CUT}
    assert notebook(path, "two").lessons() == {"search": Lesson.SERVED}
    assert [entry.name for entry in path.parent.iterdir()] == ["lessons.json"]


def test_a_lesson_shows_in_the_metrics(tmp_path: Path) -> None:
    metrics = Metrics()
    FileNotebook(tmp_path / "x", client_id="one", metrics=metrics).note("search", Lesson.CUT)
    value = metrics.registry.get_sample_value("fermata_profile_lessons", {"endpoint": "search", "lesson": "cut"})
    assert value == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"one": {"search": "eaten"}}', b'{"one": 5}', b"\xff"])
def test_a_file_that_cannot_be_understood_is_forgotten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lessons.json"
    path.write_bytes(content)
    assert read(path) == {}
    notebook(path).note("search", Lesson.CUT)
    assert read(path) == {"one": {"search": Lesson.CUT}}


def test_a_folder_that_cannot_be_written_to_stops_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    book = notebook(blocked / "lessons.json")
    book.note("search", Lesson.CUT)
    assert book.lessons() == {"search": Lesson.CUT}
