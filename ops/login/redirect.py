"""The address at which Spotify sends the browser back; what comes from anywhere else is not read."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from multidict import MultiMapping
from yarl import URL

_HTTP_PORT = 80


class ElsewhereError(ValueError):
    """An address is not the one at which Spotify sends browsers back; the text says how that one looks."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """The redirect URI of the app, taken apart.

    Attributes:
        uri: It, as it is registered with the Spotify app.
        host: Address to listen on, without brackets.
        port: Port to listen on.
        path: Where the browser comes back.
        entry: Path that leads to Spotify.
        loopback: Whether this machine alone can be meant by it.
    """

    uri: str
    host: str
    port: int
    path: str
    entry: str
    loopback: bool

    @classmethod
    def of(cls, uri: str) -> Self:
        """Take `uri` apart, which the settings have checked."""
        url = URL(uri)
        host = url.host or ""
        entry = "/login" if url.path != "/login" else "/login/begin"
        loopback = url.scheme == "http" and host in {"127.0.0.1", "::1"}
        return cls(uri, host, url.port or _HTTP_PORT, url.path, entry, loopback)

    @property
    def start(self) -> str:
        """The address that a person opens to sign in, while somebody listens there."""
        return str(URL(self.uri).origin().with_path(self.entry))

    @property
    def names(self) -> Collection[str]:
        """What an honest `Host` header says; a name that a foreign page had resolved to us is not among it."""
        bracketed = f"[{self.host}]" if ":" in self.host else self.host
        bare = (bracketed,) if self.port == _HTTP_PORT else ()
        return (f"{bracketed}:{self.port}", *bare)

    def read(self, text: str) -> MultiMapping[str]:
        """Return the query of an address that a person has copied out of a browser.

        Raises:
            ElsewhereError: It is another page's, or none.
        """
        wanted = URL(self.uri)
        try:
            url = URL(text.strip())
            same = url.origin() == wanted.origin() and url.path == wanted.path
        except ValueError:
            same, url = False, wanted
        if not same or not url.query_string:
            raise ElsewhereError(
                f"This is not the address at which the browser ended; that one begins with {self.uri}?code="
            )
        return url.query
