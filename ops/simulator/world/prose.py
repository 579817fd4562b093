"""Descriptions of spoken works: text that depends on an identifier and a language alone."""

import random
from dataclasses import dataclass
from typing import Final

from ops.simulator.world.spoken_words import VOICES

PARAGRAPH: Final = 4
"""Sentences in a paragraph of HTML."""

_LINES: Final = {voice.language: voice.lines for voice in VOICES}


@dataclass(frozen=True, slots=True)
class Prose:
    """The same text without and with mark-up."""

    plain: str
    html: str


def prose(spotify_id: str, language: str, *, lines: int) -> Prose:
    """`lines` sentences and, in the mark-up, the links that publishers end theirs with."""
    rng = random.Random(spotify_id)  # noqa: S311 - repeatable draws are the purpose
    said = rng.choices(_LINES[language], k=lines)
    paragraphs = [" ".join(said[start : start + PARAGRAPH]) for start in range(0, lines, PARAGRAPH)]
    link = f'<a href="https://fermata.example/notes/{spotify_id}" rel="nofollow">fermata.example</a>'
    html = "".join(f"<p>{paragraph}</p><br />" for paragraph in paragraphs)
    return Prose(" ".join(paragraphs), f"{html}<p>{link}</p>")
