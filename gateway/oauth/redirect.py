"""Where a client's answers go: read alike by us and by browsers, or not used at all."""

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, urlencode, urlsplit

from gateway.oauth.errors import ClientError
from gateway.pages import Address

LONGEST: Final = 2048

_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
"""Those of RFC 3986 without `#`. A backslash is a slash to browsers, and so ends the host elsewhere."""

_AUTHORITY = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
"""Neither a user name in front of the host, which would read like one, nor escapes, which browsers undo."""

_NOT_FOR_PROGRAMS: Final = frozenset(
    {"about", "blob", "chrome", "data", "edge", "file", "filesystem", "ftp", "intent", "javascript", "mailto"}
    | {"ms-msdt", "search-ms", "shell", "sms", "ssh", "tel", "vbscript", "view-source", "ws", "wss"}
)
"""Schemes that mean something to the browser or the system itself; a program's own are any others."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect URI whose parts are certain.

    Attributes:
        uri: As the client wrote it.
        scheme: In small letters.
        host: In small letters, without port; empty for a scheme of a program's own.
        port: If one is named.
    """

    uri: str
    scheme: str
    host: str
    port: int | None

    @classmethod
    def of(cls, uri: str) -> Self:
        """Return `uri`, checked.

        Raises:
            ClientError: No code must ever be sent there.
        """
        try:
            parts = urlsplit(uri if _CHARACTERS.fullmatch(uri) and len(uri) <= LONGEST else "")
            port = parts.port
        except ValueError:
            raise _wrong() from None
        web = parts.scheme in {"http", "https"}
        host = (parts.hostname or "") if web else ""
        if (
            not parts.scheme
            or parts.scheme in _NOT_FOR_PROGRAMS
            or (web and not _AUTHORITY.fullmatch(parts.netloc))
        ):
            raise _wrong()
        if parts.scheme == "http" and host not in _LOOPBACK:
            raise _wrong()
        return cls(uri, parts.scheme, host, port if web else None)

    @property
    def loopback(self) -> bool:
        """Whether it stays on the computer of the user."""
        return self.host in _LOOPBACK

    def address(self, issuer: str, state: str | None, **answer: str) -> Address:
        """Return where the browser takes `answer`, with the client's `state` and who answers (RFC 9207)."""
        fields = {**answer, **({} if state is None else {"state": state}), "iss": issuer}
        # Not as `+`: what reads an address of its own scheme does not always undo that.
        query = urlencode(fields, quote_via=quote, safe="")
        if "?" not in self.uri:
            return Address(f"{self.uri}?{query}")
        return Address(f"{self.uri}{'' if self.uri[-1] in '?&' else '&'}{query}")


def _wrong() -> ClientError:
    return ClientError(
        "The redirect URI is none that a browser may be sent to. Use https, http on 127.0.0.1, or a scheme of the "
        "program's own, without user name and fragment.",
        code="invalid_request",
    )
