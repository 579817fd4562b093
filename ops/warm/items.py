"""What can be warmed, read from what people paste: ids, URIs, links, one per line of a file.

Nothing unreadable passes: every such item is named with its place, all of them at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from gateway.catalogue import CATALOGUE
from gateway.endpoint import Endpoint, FanOut, Profile

PLAYLIST: Final = "playlist"

_ID = "[0-9A-Za-z]{22}"
_LONGEST_SHOWN = 60


class BadItemsError(Exception):
    """The command cannot begin; `problems` holds one sentence for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing, as `kind:id` in files and messages."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Batch:
    """How things of a kind are asked for together: path below `/v1`, member of the answer, most at once."""

    path: str
    field: str
    most: int


def _batches() -> Iterator[tuple[str, Batch]]:
    for entry in CATALOGUE.values():
        emulation = entry.emulation.get(Profile.DEVELOPMENT)
        if isinstance(emulation, FanOut):
            yield emulation.field.removesuffix("s"), Batch(entry.path, emulation.field, _most(entry))


def _most(entry: Endpoint) -> int:
    ids = entry.param("ids")
    return 1 if ids is None or ids.maximum is None else int(ids.maximum)


BATCHES: Final[Mapping[str, Batch]] = dict(_batches())
"""The batch reads of the mirror by kind; where Spotify has none, the gateway makes single reads of them."""

KINDS: Final = (*BATCHES, PLAYLIST)

_EXPECTED = (
    "a Spotify id of 22 letters and digits, or a URI (spotify:track:ID) or open.spotify.com link to a "
    f"{', '.join(BATCHES)} or {PLAYLIST}"
)

_KIND = "|".join(KINDS)
_BARE = re.compile(_ID)
_URI = re.compile(rf"(?:spotify:)?(?:user:[^:]+:)?({_KIND}):({_ID})")
_LINK = re.compile(
    rf"(?:https?://)?open\.spotify\.com/(?:intl-[A-Za-z-]+/)?(?:embed/)?(?:user/[^/]+/)?({_KIND})/({_ID})/?(?:[?#].*)?"
)


def item_of(text: str, *, kind: str) -> Item | None:
    """Read one item; `kind` is that of a bare id. None if it is none."""
    if _BARE.fullmatch(text):
        return Item(kind, text)
    found = _URI.fullmatch(text) or _LINK.fullmatch(text)
    return None if found is None else Item(found[1], found[2])


def read_items(arguments: Sequence[str], *, files: Sequence[str], kind: str, stdin: TextIO) -> tuple[Item, ...]:
    """Return the items that a command line names, in order and each once.

    Args:
        arguments: Items, or `-` for the lines of standard input.
        files: Paths of files with one item per line. Blank lines, and those that begin with `#`, are passed over.
        kind: That of bare ids.
        stdin: Standard input.

    Raises:
        BadItemsError: Something cannot be read, or there is nothing to read.
    """
    items: dict[Item, None] = {}
    problems: list[str] = []
    try:
        for place, text in _texts(arguments, files, stdin):
            item = item_of(text, kind=kind)
            if item is None:
                problems.append(f"{place}: {text[:_LONGEST_SHOWN]!r} is not {_EXPECTED}")
            else:
                items[item] = None
    except OSError as error:
        problems.append(f"{error.filename}: {error.strerror}")
    if not items and not problems:
        problems.append(f"there is nothing to warm: name {_EXPECTED}, or `-` for one per line of standard input")
    if problems:
        raise BadItemsError(problems)
    return tuple(items)


def _texts(arguments: Sequence[str], files: Sequence[str], stdin: TextIO) -> Iterator[tuple[str, str]]:
    for number, argument in enumerate(arguments, 1):
        if argument == "-":
            yield from _lines("standard input", stdin)
        else:
            yield f"item {number}", argument.strip()
    for name in files:
        # What is no text is no item either, and is named like any other line.
        with Path(name).open(encoding="utf-8-sig", errors="replace") as file:
            yield from _lines(name, file)


def _lines(name: str, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield f"{name}, line {number}", text
