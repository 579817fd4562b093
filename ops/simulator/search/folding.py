"""Text as search compares it: without case, accents and punctuation, in one Unicode form."""

import re
import unicodedata
from typing import Final

_ASCII_WORD: Final = re.compile(r"[a-z0-9]+")
_APOSTROPHES: Final = {ord("'"): None, ord("\u2019"): None}
_PARTED: Final = dict.fromkeys(_APOSTROPHES, " ")
# Accents fall off by decomposition except on letters that have none to decompose into.
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h", "ŋ": "n"}
)
# Only these marks are decoration. In Devanagari, Thai or Japanese, marks are vowels and consonants: dropping them
# would make different words equal.
_DECORATION: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")
_LAST_LATIN: Final = "\u024f"


def fold(text: str) -> tuple[str, ...]:
    """The words of a text in comparable form."""
    bare = text.translate(_APOSTROPHES)
    if bare.isascii():
        return tuple(_ASCII_WORD.findall(bare.lower()))
    plain = _DECORATION.sub("", unicodedata.normalize("NFKD", bare.casefold()).translate(_LETTERS))
    composed = unicodedata.normalize("NFKC", plain)
    return tuple("".join(char if _is_wordly(char) else " " for char in composed).split())


def fold_apart(text: str) -> tuple[str, ...]:
    """The words that appear when apostrophes part words, as `île` in `l'île`; empty for text without any."""
    parted = text.translate(_PARTED)
    return () if parted == text else fold(parted)


def is_latin(word: str) -> bool:
    """Whether a folded word is Latin, where words are searched by their beginnings.

    Elsewhere words may be written without spaces or carry articles and prefixes, so any part of a word counts.
    """
    return max(word, default="") <= _LAST_LATIN


def _is_wordly(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")
