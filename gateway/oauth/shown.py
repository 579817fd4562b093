"""Makes names that strangers chose fit to be shown: one short line, without signs that are not seen."""

from typing import Final

LONGEST: Final = 60
_NAMELESS: Final = "a program without a name"
_QUOTES: Final = str.maketrans(dict.fromkeys('"“”„«»', "'"))
"""Names are shown between quotes, and must not seem to end before they do."""


def shown(name: str) -> str:
    """Return `name` as it may be shown; it is to be escaped like any text."""
    # Among those that are not printable are line breaks, and the marks that turn the direction of what follows.
    visible = "".join(character if character.isprintable() else " " for character in name[: 4 * LONGEST])
    words = " ".join(visible.translate(_QUOTES).split())
    if not words:
        return _NAMELESS
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
