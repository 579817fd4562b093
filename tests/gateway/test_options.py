import pytest
from multidict import CIMultiDict

from gateway.catalogue import CATALOGUE
from gateway.errors import InvalidArgumentsError
from gateway.options import DEFAULT, CallOptions, options_of
from limiter import Priority


@pytest.mark.parametrize(
    ("headers", "options"),
    [
        ({}, DEFAULT),
        ({"X-Priority": "crawl"}, CallOptions(priority=Priority.CRAWL)),
        ({"x-priority": "BackGround "}, CallOptions(priority=Priority.BACKGROUND)),
        ({"X-Deadline-Ms": "1"}, CallOptions(deadline_s=0.001)),
        ({"x-deadline-ms": "3600000"}, CallOptions(deadline_s=3600.0)),
        ({"X-Dry-Run": "1"}, CallOptions(dry_run=True)),
        ({"X-Dry-Run": "0"}, DEFAULT),
        ({"X-Partial": "1"}, CallOptions(partial_ok=True)),
    ],
)
def test_headers_say_how_a_call_is_made(headers: dict[str, str], options: CallOptions) -> None:
    assert options_of(CIMultiDict(headers)) == options


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("X-Priority", "urgent", "must be one of control, interactive, background, crawl, not 'urgent'"),
        ("X-Priority", "", "must be one of"),
        ("X-Priority", "0", "must be one of"),
        ("X-Deadline-Ms", "0", "from 1 to 3600000"),
        ("X-Deadline-Ms", "3600001", "from 1 to 3600000"),
        ("X-Deadline-Ms", "1.5", "whole number of milliseconds"),
        ("X-Deadline-Ms", "-1", "whole number of milliseconds"),
        ("X-Deadline-Ms", "1" * 5000, "whole number of milliseconds"),
        ("X-Deadline-Ms", "٣", "whole number of milliseconds"),
        ("X-Deadline-Ms", "", "whole number of milliseconds"),
        ("X-Dry-Run", "yes", "must be 1 or 0, not 'yes'"),
        ("X-Dry-Run", "", "must be 1 or 0"),
        ("X-Partial", "maybe", "must be 1 or 0, not 'maybe'"),
    ],
)
def test_a_header_that_means_nothing_is_refused_with_what_is_accepted(name: str, value: str, said: str) -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        options_of({name: value})
    assert caught.value.message.startswith(f"{name} must be ")
    assert said in caught.value.message


def test_all_bad_headers_are_told_together() -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        options_of({"X-Priority": "x", "X-Deadline-Ms": "x", "X-Dry-Run": "x"})
    assert len(caught.value.problems) == 3


def test_commands_to_the_player_are_control_and_all_else_is_interactive() -> None:
    for entry in CATALOGUE.values():
        expected = Priority.CONTROL if entry.family == "player-write" else Priority.INTERACTIVE
        assert entry.priority is expected, entry.id
