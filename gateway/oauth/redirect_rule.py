"""Says where codes may be sent: to addresses that a client named beforehand, letter for letter."""

import re
from typing import Final

from gateway.oauth.address import parse

LONGEST_URI: Final = 2048
LOOPBACK: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})
"""Hosts that are the reader's own machine."""

# Small letters, literal hosts, and then the end, a path or a query: nothing can hide between host and port.
_LOOPBACK_URI: Final = re.compile(
    r"(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::([1-9][0-9]{0,4}))?([/?][!-~]*)?"
)
_LARGEST_PORT: Final = 65_535
# What RFC 3986 lets a URI hold, beginning with a scheme.
_URI: Final = re.compile(r"([A-Za-z][0-9A-Za-z+.-]*):((?:[0-9A-Za-z._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)")
_USER: Final = re.compile(r"//[^/?#]*@")
_UNSAFE: Final = re.compile(
    # They run or show what the address itself holds, or the reader's own files.
    r"javascript|data|vbscript|file|filesystem|blob|about|view-source|jar|mhtml|res|resource|chrome|edge|"
    # They are protocols by which no program on the reader's machine takes a code.
    r"wss?|ftps?|sftp|ssh|telnet|ldaps?|git|smb|nfs|mailto|tel|sms|news|nntp|gopher|"
    # They start other programs with what the address says; `ms-msdt` ran commands out of one (CVE-2022-30190).
    r"intent|search|search-ms|shell|ms-.*"
)


def redirect_problem(uri: str) -> str:
    """Return what keeps `uri` from being registered as a redirect URI, or nothing.

    A web address must be https, or http on the reader's own machine (RFC 8252, 7.3). Schemes of programs may be
    registered (RFC 8252, 7.1), with a dot or without: those of desktop clients, such as `cursor`, have none.
    """
    match = _URI.fullmatch(uri[: LONGEST_URI + 1])
    if match is None:
        return "is no absolute address of the characters that RFC 3986 allows; encode all others"
    if problem := _form_problem(uri, match[2]):
        return problem
    scheme = match[1].lower()
    if scheme in {"http", "https"}:
        return _web_problem(uri)
    if _UNSAFE.fullmatch(scheme):
        return "has a scheme that no code is sent to; use https, http on 127.0.0.1, or a scheme of your program"
    return ""


def same_redirect(registered: str, asked: str) -> bool:
    """Tell whether `asked` is the registered one; on the reader's own machine the port may differ."""
    if registered == asked:
        return True
    place = _without_port(asked)
    return place is not None and place == _without_port(registered)


def _form_problem(uri: str, behind_scheme: str) -> str:
    if len(uri) > LONGEST_URI:
        return f"is longer than {LONGEST_URI} characters"
    if "#" in uri:
        return "must not have a fragment"
    return "must not name a user" if _USER.match(behind_scheme) else ""


def _web_problem(uri: str) -> str:
    address = parse(uri)
    if address is None:
        return "can be read in more than one way; write a plain host, and a path without dot segments"
    if address.scheme == "http" and address.host not in LOOPBACK:
        return "must begin with https://; http is for 127.0.0.1, [::1] and localhost only"
    return ""


def _without_port(uri: str) -> tuple[str, str] | None:
    """Return what is left of an address on the reader's own machine; None for any other one."""
    match = _LOOPBACK_URI.fullmatch(uri)
    if match is None or int(match[2] or 0) > _LARGEST_PORT:
        return None
    return match[1], match[3] or ""
