"""An index of names: which records carry a word, the beginning of one, or a whole phrase."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from ops.simulator.search.folding import fold, fold_apart, is_latin

_AFTER_ALL: Final = "\U0010ffff"


class NameIndex:
    """Names by record number, built once and read only."""

    __slots__ = ("_foreign", "_latin", "_names", "_postings", "_sorted")

    def __init__(self, names: Iterable[str]) -> None:
        postings: dict[str, list[int]] = {}
        known: dict[str, tuple[str, set[str]]] = {}
        self._names: list[str] = []
        for number, name in enumerate(names):
            if name not in known:
                words = fold(name)
                known[name] = (" ".join(words), {*words, *fold_apart(name)})
            folded, parts = known[name]
            self._names.append(folded)
            for word in parts:
                postings.setdefault(word, []).append(number)
        self._postings = postings
        self._latin = sorted(filter(is_latin, postings))
        self._foreign = [word for word in postings if not is_latin(word)]
        self._sorted = sorted((name, number) for number, name in enumerate(self._names))

    def with_words(self, words: Iterable[str]) -> set[int]:
        """Records whose name has all the words, each at least as a beginning (Latin) or a part (other scripts)."""
        found = [set().union(*map(self._postings.__getitem__, self._like(word))) for word in words]
        return set.intersection(*found) if found else set()

    def with_phrase(self, words: tuple[str, ...]) -> set[int]:
        """Records whose name has the words next to each other, whole where the script has word boundaries."""
        phrase = " ".join(words)
        if all(map(is_latin, words)):
            return {number for number in self.with_words(words) if f" {phrase} " in f" {self._names[number]} "}
        return {number for number in self.with_words(words) if phrase in self._names[number]}

    def named(self, name: str, *, prefix: bool) -> set[int]:
        """Records whose folded name is `name`, or begins with it."""
        if not name:
            return set()
        last = name + _AFTER_ALL if prefix else name
        start = bisect_left(self._sorted, (name, -1))
        end = bisect_left(self._sorted, (last, len(self._sorted)))
        return {number for _, number in self._sorted[start:end]}

    def _like(self, word: str) -> list[str]:
        if not is_latin(word):
            return [known for known in self._foreign if word in known]
        return self._latin[bisect_left(self._latin, word) : bisect_left(self._latin, word + _AFTER_ALL)]
