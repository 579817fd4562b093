"""Cover pictures of playlists: told, and replaced by a small JPEG in Base64."""

import base64
import binascii
import hashlib
from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.objects.objects import Json
from ops.simulator.objects.playlist_bodies import playlist_images
from ops.simulator.people.playlist_access import MODIFY, owned, readable
from ops.simulator.routes import PLAYLIST_READ, PLAYLIST_WRITE, Ask, Reply, Route

PATH: Final = "/playlists/{playlist_id}/images"
MOST_BYTES: Final = 256 * 1024
"""The largest cover, counted as Base64."""

JPEG: Final = b"\xff\xd8\xff"


def get_cover(ask: Ask) -> list[Json]:
    """`GET /playlists/{playlist_id}/images`."""
    return playlist_images(readable(ask))


def put_cover(ask: Ask) -> Reply:
    """`PUT /playlists/{playlist_id}/images`."""
    playlist = owned(ask)
    if len(ask.raw) > MOST_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    try:
        picture = base64.b64decode(ask.raw.strip(), validate=True)
    except binascii.Error as error:
        raise ApiError(400, "Invalid image data") from error
    if not picture.startswith(JPEG):
        raise ApiError(400, "Invalid image data")
    playlist.cover = hashlib.sha256(picture).hexdigest()[:28]
    playlist.tape.touch()
    return Reply(202)


ROUTES: Final = (
    Route(PATH, get_cover, family=PLAYLIST_READ, etag=True),
    Route(
        PATH,
        put_cover,
        family=PLAYLIST_WRITE,
        method="PUT",
        auth="user",
        scopes=("ugc-image-upload",),
        any_of=MODIFY,
        body="raw",
    ),
)
