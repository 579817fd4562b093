"""Reads bearer tokens out of requests and writes challenges into answers; nothing gets past unchecked."""

import re
from typing import Final

from aiohttp import hdrs
from multidict import MultiMapping

ACCESS_PREFIX: Final = "fat_"
"""Begins access tokens of the gateway's own authorization server."""

REFRESH_PREFIX: Final = "frt_"
"""Begins its refresh tokens."""

KEY_PREFIX: Final = "fgk_"
"""Begins gateway keys."""

OWN_PREFIXES: Final = (ACCESS_PREFIX, REFRESH_PREFIX, KEY_PREFIX)
"""Tell what this gateway issued from tokens of Spotify's, which must not be mistaken for each other."""

_LONGEST: Final = 2048
_TOKEN: Final = re.compile(r"[0-9A-Za-z._~+/-]+=*")
"""What a bearer token is made of (RFC 6750, 2.1)."""

_QUOTABLE: Final = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")
"""What may stand between the quotes of a challenge as it is: no quote, no backslash, no end of line."""


class BearerError(Exception):
    """What was sent is no bearer token; the text says what to do and holds nothing of it."""


def read_bearer(headers: MultiMapping[str]) -> str:
    """Return the bearer token of a request; empty if it has none, or an `Authorization` of another scheme.

    Raises:
        BearerError: There are several, or it cannot be a token.
    """
    sent = headers.getall(hdrs.AUTHORIZATION, ())
    if not sent:
        return ""
    if len(sent) > 1:
        raise BearerError("The Authorization header came more than once; send one")
    scheme, _, token = sent[0].partition(" ")
    if scheme.lower() != "bearer":
        return ""
    token = token.strip(" ")
    if len(token) > _LONGEST or not _TOKEN.fullmatch(token):
        raise BearerError(
            "After its scheme, the Authorization header holds something else than a token; send the token alone"
        )
    return token


def bearer_challenge(**parameters: str) -> str:
    """Return a `WWW-Authenticate` of these parameters, in their order, without the empty ones (RFC 6750, 3).

    Raises:
        ValueError: A value would have to be escaped; ours never need that.
    """
    given = {name: value for name, value in parameters.items() if value}
    if unfit := [name for name, value in given.items() if not _QUOTABLE.fullmatch(value)]:
        raise ValueError(f"{', '.join(unfit)} cannot stand in a header")
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in given.items())
