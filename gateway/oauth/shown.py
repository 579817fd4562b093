"""Makes names that strangers chose fit to stand between our own words."""

import unicodedata
from itertools import groupby
from typing import Final

LONGEST_NAME: Final = 60
_LONGEST_READ: Final = 1000
_STACKED: Final = 2
"""Marks on one letter that any language needs; a tower of them covers the lines above."""
_UNSEEN: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by their category, blank on the screen."""
_NAMELESS: Final = "a program without a name"
_QUOTES: Final = str.maketrans(dict.fromkeys('"“”„«»', "'"))
"""Names are shown between quotes, and must not seem to end before they do."""


def display_name(name: str) -> str:
    """Return `name` as it may be shown: one line of at most `LONGEST_NAME` characters, all of them to be seen.

    A space stands for what turns text around (bidirectional controls) or hides in it, and what is drawn over its
    neighbours is left out. Empty if there is nothing to be seen.
    """
    seen = "".join(
        letter if _is_seen(letter) else " " for letter in unicodedata.normalize("NFC", name[:_LONGEST_READ])
    )
    marks = groupby(" ".join(seen.split()), key=lambda letter: unicodedata.category(letter) in {"Mn", "Me"})
    shown = "".join("".join(run)[:_STACKED] if is_mark else "".join(run) for is_mark, run in marks)
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1].rstrip() + "…"


def shown(name: str, *, nameless: str = _NAMELESS) -> str:
    """Return `name` as it may be shown between quotes; it is to be escaped like any text.

    Where nothing of it can be seen, `nameless` stands there.
    """
    return display_name(name).translate(_QUOTES) or nameless


def _is_seen(letter: str) -> bool:
    # Controls, formats, surrogates, private ones, unassigned ones; and separators.
    return unicodedata.category(letter)[0] not in {"C", "Z"} and letter not in _UNSEEN
