"""Puts a text that somebody else chose into a line of a message, which it can neither end nor turn around."""

import re
from typing import Final

_LONGEST: Final = 160
# Whatever a reader may take for the end of a line, and what makes text on a screen run backwards.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def inline(text: str) -> str:
    """Return `text` as one line of at most 160 characters.

    Names on Spotify are anybody's, and a message tells an agent what to do next: a name with a line break in it
    could add a step of its own. The structured answer has every name as it is.
    """
    line = _UNFIT.sub(" ", text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
