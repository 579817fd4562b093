"""What a warm-up shows on a terminal and elsewhere."""

import io

import pytest

from ops.warm.display import Bar, Display, Lines, Totals, display_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(display: Display) -> None:
    display.moved(Totals(asked=200, before=40, warmed=60, calls=61, waited_s=3700))
    display.waiting(95, "The budget is spent.", begins=True)
    display.waiting(94, "The budget is spent.", begins=False)
    display.close()


def test_a_terminal_gets_a_bar_with_rate_calls_and_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    terminal = Terminal()
    display = display_on(terminal)
    assert isinstance(display, Bar)
    shown(display)
    text = terminal.getvalue()
    assert "100/200" in text
    assert "61 calls" in text
    assert "waited 1 h 1 min" in text
    assert "waiting 1 min 34 s" in text
    assert text.count("The budget is spent.") == 1


def test_one_call_is_not_many() -> None:
    file = io.StringIO()
    display_on(file).moved(Totals(asked=1, warmed=1, calls=1))
    assert "1/1, 1 call, 0 known" in file.getvalue()


def test_a_file_gets_plain_lines() -> None:
    file = io.StringIO()
    display = display_on(file)
    assert isinstance(display, Lines)
    shown(display)
    first, second = file.getvalue().splitlines()
    assert first.endswith("100/200, 61 calls, 0 known, waited 1 h 1 min")
    assert second.endswith("waiting 1 min 35 s: The budget is spent.")
    assert "\r" not in file.getvalue()
