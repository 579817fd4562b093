"""Where a browser opens by itself, and how a line is read."""

import asyncio
import os
import sys
import webbrowser
from collections.abc import Mapping

import pytest

from ops.login.terminal import Console, has_display


@pytest.mark.parametrize(
    ("environ", "platform", "interactive", "opens"),
    [
        ({"DISPLAY": ":0"}, "linux", True, True),
        ({"WAYLAND_DISPLAY": "w"}, "linux", True, True),
        ({}, "linux", True, False),
        ({"DISPLAY": ":0"}, "linux", False, False),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "a b"}, "linux", True, False),
        ({}, "darwin", True, True),
        ({}, "win32", True, True),
        ({"SSH_CONNECTION": "a b"}, "darwin", True, False),
        ({"BROWSER": "firefox"}, "linux", False, True),
    ],
)
def test_a_browser_opens_only_where_the_person_sees_it(
    environ: Mapping[str, str], platform: str, *, interactive: bool, opens: bool
) -> None:
    assert has_display(environ, platform=platform, interactive=interactive) is opens


def test_a_browser_that_stays_does_not_hold_anybody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    console = Console(lambda _: None, {"BROWSER": "any"})
    assert console.browse("http://127.0.0.1:8888/login")
    assert not Console(lambda _: None, {"SSH_CONNECTION": "a b"}).browse("http://127.0.0.1:8888/login")


class Pipe:
    """Stands in for standard input."""

    def __init__(self) -> None:
        self.source, self.sink = os.pipe()

    def fileno(self) -> int:
        return self.source

    def close(self) -> None:
        os.close(self.source)


async def ask(monkeypatch: pytest.MonkeyPatch, typed: bytes) -> str:
    pipe = Pipe()
    monkeypatch.setattr(sys, "stdin", pipe)
    os.write(pipe.sink, typed)
    os.close(pipe.sink)
    async with asyncio.timeout(10):
        line = await Console(lambda _: None, {}).ask("?")
    pipe.close()
    return line


@pytest.mark.parametrize(
    ("typed", "line"),
    [(b"  here \r\n", "here"), (b"no end", "no end"), (b"", ""), (b"\n", ""), (b"x" * 5000 + b"\n", "x" * 5000)],
)
async def test_a_line_is_what_was_typed_until_enter(
    monkeypatch: pytest.MonkeyPatch, typed: bytes, line: str
) -> None:
    assert await ask(monkeypatch, typed) == line


async def test_lines_that_come_together_answer_one_question_each(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe()
    monkeypatch.setattr(sys, "stdin", pipe)
    os.write(pipe.sink, b"one\ntwo\nthree")
    os.close(pipe.sink)
    console = Console(lambda _: None, {})
    async with asyncio.timeout(10):
        assert [await console.ask("?") for _ in range(4)] == ["one", "two", "three", ""]
    pipe.close()
