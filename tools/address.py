"""Reads the id out of however people name a thing on Spotify; a thing of another kind is told, never taken."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

_ID = "[0-9A-Za-z]{22}"
_BARE = re.compile(_ID)
# Older addresses name the owner of a playlist first.
_URI = re.compile(f"spotify:(?:user:[^:]+:)?([a-z]+):({_ID})")
_LINK = re.compile(
    rf"(?:https?://)?(?:open|play)\.spotify\.com/(?:intl-[a-z-]+/)?(?:embed/)?(?:user/[^/]+/)?([a-z]+)/({_ID})"
    r"(?:[/?#].*)?",
    re.IGNORECASE,
)
_LOCAL = "spotify:local:"


def id_of(text: str, *, kind: str) -> str:
    """Return the id of a thing of `kind` that is named by its id, its URI or its link.

    Raises:
        PydanticCustomError: It names something else, or nothing.
    """
    return _read(text, kinds=(kind,))[1]


def uri_of(text: str, *, kinds: Sequence[str]) -> str:
    """Return the URI of a thing of one of `kinds`; an id alone counts as the first of them.

    Raises:
        PydanticCustomError: It names something else, or nothing.
    """
    kind, identifier = _read(text, kinds=kinds)
    return f"spotify:{kind}:{identifier}"


def uri_behind(text: str) -> str:
    """Return the URI of what a link leads to; whatever is no link stays as it is."""
    found = _LINK.fullmatch(text.strip())
    return f"spotify:{found[1].lower()}:{found[2]}" if found else text


PlaylistId = Annotated[str, AfterValidator(partial(id_of, kind="playlist"))]
TrackId = Annotated[str, AfterValidator(partial(id_of, kind="track"))]
PlayableUri = Annotated[str, AfterValidator(partial(uri_of, kinds=("track", "episode")))]
"""What a playlist can hold."""

Market = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$"), AfterValidator(str.upper)]
"""A country as ISO 3166-1 alpha-2 names it, in any case."""


def _read(text: str, *, kinds: Sequence[str]) -> tuple[str, str]:
    text = text.strip()
    if _BARE.fullmatch(text):
        return kinds[0], text
    either = " or ".join(kinds)
    found = _URI.fullmatch(text) or _LINK.fullmatch(text)
    if found is None and text.startswith(_LOCAL):
        raise _wrong("names a file of the user's own, which only Spotify's apps can add or remove")
    if found is None:
        raise _wrong(
            f"must name a {either} by its id (22 letters and digits), its URI (spotify:{kinds[0]}:…) "
            f"or its link (https://open.spotify.com/{kinds[0]}/…)"
        )
    kind, identifier = found[1].lower(), found[2]
    if kind not in kinds:
        raise _wrong(f"names a thing of the kind {kind}; it must be a {either}")
    return kind, identifier


def _wrong(why: str) -> PydanticCustomError:
    return PydanticCustomError("address", "{why}", {"why": why})
