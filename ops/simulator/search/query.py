"""The language of search queries: words, quoted phrases and `field:value` filters, all of which must match."""

import re
from dataclasses import dataclass
from typing import Final

from ops.simulator.search.folding import fold

FIELDS: Final = frozenset({"artist", "album", "track", "year", "isrc", "upc", "tag", "genre"})
_PIECE: Final = re.compile(r'(?:(?P<field>[A-Za-z]+):(?=\S))?(?:"(?P<phrase>[^"]*)"?|(?P<word>\S+))')


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    Attributes:
        field: the filter's name; None searches every name.
        raw: the value as it was written.
        words: its folded words, of which the last may be the beginning of a longer word unless `exact`.
        exact: the words must stand together, as in a quoted phrase.
    """

    field: str | None
    raw: str
    words: tuple[str, ...]
    exact: bool = False


def parse_query(text: str) -> tuple[Term, ...]:
    """The conditions of a query; empty when it holds nothing to search for.

    A filter takes one word or one quoted phrase. An unknown field is no filter: `no:such` is two words.
    """
    terms = []
    for piece in _PIECE.finditer(text):
        field, phrase, word = piece.group("field", "phrase", "word")
        raw = word if phrase is None else phrase
        if field is not None and (field := field.lower()) not in FIELDS:
            terms.append(Term(None, piece.group("field"), fold(piece.group("field"))))
            field = None
        terms.append(Term(field, raw, fold(raw), exact=phrase is not None))
    return tuple(term for term in terms if term.words)
