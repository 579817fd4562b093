"""Makes names that strangers chose fit to stand between our own words."""

from typing import Final

from gateway.oauth.client import display_name

_NAMELESS: Final = "a program without a name"
_QUOTES: Final = str.maketrans(dict.fromkeys('"“”„«»', "'"))
"""Names are shown between quotes, and must not seem to end before they do."""


def shown(name: str) -> str:
    """Return `name` as it may be shown between quotes; it is to be escaped like any text."""
    return display_name(name).translate(_QUOTES) or _NAMELESS
