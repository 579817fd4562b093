"""Reads the forms that our own pages send; a form from anywhere else is not even read."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from gateway.oauth.refusal import RefusedError

_TYPE: Final = "application/x-www-form-urlencoded"
_LONGEST: Final = 8192
_FIELDS: Final = 16


async def posted(request: web.Request, issuer: str) -> Mapping[str, str]:
    """Return the fields of the form in `request`.

    Every browser names the origin of the page when it posts a form. One that does not is turned away too: what it
    hides is the one thing that another page cannot lie about.

    Raises:
        RefusedError: It came from another page, or is no form of ours.
    """
    if request.headers.getall("Origin", []) != [issuer]:
        raise RefusedError(
            "This form is not from here",
            "It was sent from another page, or your browser does not say from where. Nothing has happened.",
            f"Open the pages of this gateway as {issuer}, and let your browser send the header Origin.",
            status=403,
        )
    length = request.content_length
    if request.content_type != _TYPE or length is None or length > _LONGEST:
        raise _unreadable()
    try:
        pairs = parse_qsl(
            (await request.read()).decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS
        )
    except ValueError:
        raise _unreadable() from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _unreadable()
    return fields


def _unreadable() -> RefusedError:
    return RefusedError("This form cannot be read", "It is none of the gateway's own. Nothing has happened.")
