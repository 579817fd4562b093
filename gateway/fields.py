"""Translates a `fields` filter between the generations of the playlist API; pure.

In February 2026 a playlist's contents moved from `tracks` to `items`, and each entry's `track` became `item`. A
filter that names the old keys would match nothing there.
"""

import re
from collections.abc import Callable, Sequence

_TOKEN = re.compile(r"[(),.]|[^(),.]+")

Rename = Callable[[Sequence[str], str], str]
"""Returns the name of a field, given the names around it from the outside in."""


def names_of(fields: str) -> set[str]:
    """Return the outermost names in `fields`."""
    found: set[str] = set()

    def note(path: Sequence[str], name: str) -> str:
        if not path:
            found.add(name)
        return name

    translate(fields, note)
    return found


def translate(fields: str, rename: Rename) -> str:
    """Return `fields` with every name as `rename` has it."""
    result: list[str] = []
    # Names around the next one. A bracket keeps the length at which it opened; a comma ends what dots have begun.
    path: list[str] = []
    opened: list[int] = []
    name = ""
    for token in _TOKEN.findall(fields):
        match token:
            case "(":
                opened.append(len(path))
                path.append(name)
            case ".":
                path.append(name)
            case ",":
                del path[opened[-1] + 1 if opened else 0 :]
            case ")":
                del path[opened.pop() if opened else 0 :]
            case _:
                name = token.strip().removeprefix("!")
        is_name = token not in {"(", ")", ".", ","} and name
        result.append(token.replace(name, rename(path, name)) if is_name else token)
    return "".join(result)


def contents_as_items(path: Sequence[str], name: str) -> str:
    """Rename the fields of a page of a playlist's contents."""
    return "item" if name == "track" and list(path) == ["items"] else name


def playlist_as_items(path: Sequence[str], name: str) -> str:
    """Rename the fields of a whole playlist."""
    if name == "tracks" and not path:
        return "items"
    return "item" if name == "track" and list(path) == ["tracks", "items"] else name
