"""What a job has had is remembered, whatever ended the process, and a torn line counts for nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.warm.items import Item
from ops.warm.record import Page, Record, name_of

A, B, C = (Item("track", letter * 22) for letter in "abc")
LIST = Item("playlist", "p" * 22)


def test_what_was_added_is_there_in_the_next_run(tmp_path: Path) -> None:
    with Record(tmp_path / "warm" / "job.txt") as record:
        record.add({A: "warmed", B: "unknown"})
        record.add_page(LIST, 50, Page(120, (A, C)))
    with Record(tmp_path / "warm" / "job.txt") as record:
        assert record.done == {A: "warmed", B: "unknown"}
        assert record.page(LIST, 50) == Page(120, (A, C))
        assert record.page(LIST, 0) is None
        assert not record.finished
        record.finish()
    with Record(tmp_path / "warm" / "job.txt") as record:
        assert record.finished


@given(cut=st.integers(0, 200))
def test_a_file_cut_anywhere_holds_what_its_whole_lines_say(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("record") / "job.txt"
    with Record(path) as record:
        record.add({A: "warmed"})
        record.add({B: "known"})
        record.add_page(LIST, 0, Page(1, (C,)))
    content = path.read_bytes()[:cut]
    path.write_bytes(content)
    whole = content.count(b"\n")
    with Record(path) as record:
        assert list(record.done) == [A, B][:whole]
        assert (record.page(LIST, 0) is not None) == (whole == 3)
        record.add({C: "warmed"})
    with Record(path) as record:
        assert list(record.done) == [*[A, B][:whole], C]


@given(content=st.binary(max_size=200))
def test_a_file_of_anything_is_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("record") / "job.txt"
    path.write_bytes(content)
    with Record(path) as record:
        assert not record.done


def test_starting_over_forgets(tmp_path: Path) -> None:
    with Record(tmp_path / "job.txt") as record:
        record.add({A: "warmed"})
        record.finish()
    with Record(tmp_path / "job.txt", again=True) as record:
        assert not record.done
        assert not record.finished
    assert not (tmp_path / "job.txt").read_bytes()


def test_a_job_has_its_name_from_what_it_does_in_any_order() -> None:
    name = name_of("http://here", "US", [A, B])
    assert name == name_of("http://here", "US", [B, A])
    others = [("http://there", "US", [A, B]), ("http://here", "", [A, B]), ("http://here", "US", [A])]
    assert name not in {name_of(*other) for other in others}
