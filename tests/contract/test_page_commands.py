"""What the pages tell people to type is understood: commands, their options, and names of settings."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.cli import parser
from ops.setting_fields import Fields

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
_SHELL = re.compile(r"^( *)```sh\n(.*?)^\1```$", flags=re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:[A-Z_]+=\S+ )*fermata [^`]+)`")
_SETTING = re.compile(r"\b(?:FERMATA|SPOTIFY|RATE_LIMIT)_[A-Z_]+\b")
_NO_SETTINGS = {"FERMATA_INBOUND", "FERMATA_WRITE_METHODS"}
"""How several settings begin, and a switch of the tests."""


def commands(text: str) -> Iterator[str]:
    """Yield what follows `fermata` on each line of a shell block, and in code between words."""
    lines = [line for _, block in _SHELL.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    for line in [*lines, *_INLINE.findall(text)]:
        match = re.match(r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?fermata (.*)", line.strip())
        if match:
            yield match[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_one(page: Path) -> None:
    for command in commands(page.read_text(encoding="utf-8")):
        words = shlex.split(command, comments=True)
        if words == ["key"]:
            # Its name alone is spoken of.
            continue
        # One that ends in an option is spoken of for the option's sake.
        words += ["NAME"] if words[-1] == "--user" else []
        assert parser().parse_args(words).command == words[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_is_one(page: Path) -> None:
    known = {name.upper() for name in Fields.model_fields} | _NO_SETTINGS
    named = set(_SETTING.findall(page.read_text(encoding="utf-8")))
    assert named <= known
