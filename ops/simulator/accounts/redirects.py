"""Redirect URIs: which ones an app may register, and which one that was sent is registered."""

import re
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from ops.simulator.accounts.parameters import BYTES

LOOPBACK: Final = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)")
VISIBLE: Final = re.compile(r"[!-~]+")
"""Printable ASCII without spaces: nothing that could end a header."""

SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*")
NO_APP: Final = frozenset({"about", "blob", "data", "file", "ftp", "javascript", "vbscript", "ws", "wss"})
"""Schemes that browsers keep for themselves, so no app can be reached by them."""

LAST_PORT: Final = 65_535


def problem_of(uri: str) -> str:
    """What keeps a redirect URI from being registered, or empty text; the rules since 2025."""
    if VISIBLE.fullmatch(uri) is None or "#" in uri:
        return "it must be an absolute URI of printable ASCII without a fragment"
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        return "it is not a URI"
    scheme = parts.scheme
    problems = (
        (host == "localhost", "localhost is not allowed, use http://127.0.0.1 or http://[::1]"),
        (scheme == "http" and not _loopback(uri), "http is for 127.0.0.1 and [::1], use https elsewhere"),
        (scheme == "https" and not host, "it has no host"),
        (SCHEME.fullmatch(scheme) is None or scheme in NO_APP, "it needs https, http or the app's own scheme"),
    )
    return next((text for wrong, text in problems if wrong), "")


def is_registered(uri: str, registered: Collection[str]) -> bool:
    """Whether a URI is, character for character, a registered one.

    A loopback literal that was registered without a port stands for every port (RFC 8252, section 7.3).
    """
    return bool(uri) and (uri in registered or _loopback(uri) in registered)


def leading_back(uri: str, parameters: Mapping[str, str]) -> str:
    """A redirect URI with more parameters in its query."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters, errors=BYTES)}"


def _loopback(uri: str) -> str:
    """A loopback URI without its port; empty text for any other URI."""
    match = LOOPBACK.fullmatch(uri)
    if match is None or int(match[2] or 0) > LAST_PORT:
        return ""
    return match[1] + match[3]
