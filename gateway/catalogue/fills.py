"""What lies in an answer, in the words of the catalogue; whole is only what a single read answers to the letter.

Left out on purpose: the player's state and queue, which are polled and would be taken apart every second;
episodes in playlists, which Spotify writes in the shape of tracks or without their description; playlists, whose
single read depends on who asks and changes with every edit.
"""

from collections.abc import Iterator
from dataclasses import replace

from gateway.endpoint import Fill

Fills = tuple[Fill, ...]

# Marks tell full objects from simplified ones in every profile. They are looked for because Spotify's reference
# named the wrong kind before: of recommendations and plays it promised simplified tracks, and full ones came.

_UNPLACED = ("available_markets",)
"""What music says unless a market is named; podcasts and audiobooks say it in any case."""


def tracks(at: str, *, extra: tuple[str, ...] = ()) -> Fills:
    """Return the fills of full tracks; `extra` names fields that only this list adds to them."""
    track = Fill(
        endpoint_id="get-track",
        at=at,
        whole=True,
        marks=("album", "external_ids"),
        unplaced=_UNPLACED,
        extra=extra,
    )
    return (track, *_below(at, IN_TRACK))


def tracks_in_part(at: str) -> Fills:
    """Return the fills of tracks as albums list them: without popularity, album and external ids."""
    return (*in_part("get-track", at), *in_part("get-an-artist", f"{at}.artists[]"))


def albums(at: str) -> Fills:
    """Return the fills of full albums."""
    album = Fill(
        endpoint_id="get-an-album",
        at=at,
        whole=True,
        marks=("copyrights", "external_ids", "tracks"),
        unplaced=_UNPLACED,
    )
    return (album, *_below(at, IN_ALBUM))


def albums_in_part(at: str, *, extra: tuple[str, ...] = ()) -> Fills:
    """Return the fills of simplified albums; `extra` names fields that only this list adds to them."""
    return (*in_part("get-an-album", at, extra=extra), *in_part("get-an-artist", f"{at}.artists[]"))


def artists(at: str) -> Fills:
    """Return the fills of full artists."""
    return (Fill(endpoint_id="get-an-artist", at=at, whole=True, marks=("genres", "images")),)


def episodes(at: str) -> Fills:
    """Return the fills of full episodes."""
    marks = ("description", "html_description", "show")
    return (
        Fill(endpoint_id="get-an-episode", at=at, whole=True, marks=marks),
        *_below(at, IN_EPISODE),
    )


def audiobooks(at: str) -> Fills:
    """Return the fills of full audiobooks."""
    book = Fill(endpoint_id="get-an-audiobook", at=at, whole=True, marks=("chapters",))
    return (book, *_below(at, IN_AUDIOBOOK))


def chapters(at: str) -> Fills:
    """Return the fills of full chapters."""
    chapter = Fill(endpoint_id="get-a-chapter", at=at, whole=True, marks=("audiobook",))
    return (chapter, *_below(at, IN_CHAPTER))


def features(at: str) -> Fills:
    """Return the fills of audio features."""
    return (Fill(endpoint_id="get-audio-features", at=at, whole=True, marks=("tempo",)),)


def in_part(endpoint_id: str, at: str, *, extra: tuple[str, ...] = ()) -> Fills:
    """Return the fill of objects that lack some of what `endpoint_id` answers."""
    return (Fill(endpoint_id=endpoint_id, at=at, extra=extra),)


def _below(at: str, fills: Fills) -> Iterator[Fill]:
    return (replace(fill, at=f"{at}.{fill.at}") for fill in fills)


IN_TRACK = (*albums_in_part("album"), *in_part("get-an-artist", "artists[]"))
IN_ALBUM = (*in_part("get-an-artist", "artists[]"), *tracks_in_part("tracks.items[]"))
IN_SHOW = in_part("get-an-episode", "episodes.items[]")
IN_EPISODE = in_part("get-a-show", "show")
IN_AUDIOBOOK = in_part("get-a-chapter", "chapters.items[]")
IN_CHAPTER = in_part("get-an-audiobook", "audiobook")
