"""Remembers every secret that a test has used, and finds it in whatever form it stands in what was seen."""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

SHORTEST = 12
"""Characters; what is shorter stands in many places by chance."""


@dataclass(slots=True)
class Watch:
    """Secrets by their kind, and what was seen by where it was."""

    secrets: dict[str, set[str]] = field(default_factory=dict)
    seen: list[tuple[str, bytes]] = field(default_factory=list)

    def know(self, kind: str, *secrets: object) -> None:
        """Remember secrets; what is too short to be one is left out."""
        found = {secret for secret in secrets if isinstance(secret, str) and len(secret) >= SHORTEST}
        self.secrets.setdefault(kind, set()).update(found)

    def see(self, place: str, content: bytes | str) -> None:
        """Remember what came out somewhere."""
        self.seen.append((place, content.encode() if isinstance(content, str) else content))

    def see_files(self, folder: Path) -> None:
        """Remember what stands in all files of a folder."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.see(path.name, path.read_bytes())

    def leaks(self) -> list[str]:
        """Return which kinds of secrets stand where."""
        return [
            f"{kind} in {place}: ...{content[max(0, at - 40) : at]!r}"
            for place, content in self.seen
            for kind, secrets in self.secrets.items()
            for secret in secrets
            for form in forms(secret)
            if (at := content.find(form)) >= 0
        ]

    def marked(self, simulator: web.Application) -> None:
        """Let a simulator tell of all that it is shown and hands out; a `changed` of `house.running`."""

        @web.middleware
        async def overhear(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.know("Spotify's query", *(value for name, value in request.query.items() if name in _SECRET))
            self.know("credential at Spotify", request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")[2])
            if request.method == "POST" and request.path == "/api/token":
                form = await request.post()
                self.know("form at Spotify", *(value for name, value in form.items() if name in _SECRET))
            response = await handler(request)
            if isinstance(response, web.Response):
                self.know("what Spotify redirects with", *in_query(response.headers.get("Location", "")))
                self.know("what Spotify hands out", *_tokens(response))
            return response

        simulator.middlewares.insert(0, overhear)


_SECRET = frozenset({"code", "state", "code_verifier", "refresh_token", "access_token", "client_secret"})


def _tokens(response: web.Response) -> Iterator[str]:
    if isinstance(response.body, bytes) and b'"access_token"' in response.body:
        yield from (part for part in response.body.decode().split('"') if part[:2] in {"AQ", "BQ"})


def in_query(address: str) -> Iterable[str]:
    """Return what is secret in the query of an address."""
    return [value for name, value in parse_qsl(urlsplit(address).query) if name in _SECRET]


def forms(secret: str) -> set[bytes]:
    """Return how a secret may be written: as it is, in an address, and inside of base64 of more than itself."""
    written = {secret, quote(secret, safe=""), quote_plus(secret)}
    found = {form.encode() for form in written}
    for before in range(3):
        # What stands in front moves it, and its first and last letters mix with its neighbours.
        encoded = base64.b64encode(b"." * before + secret.encode())
        inner = encoded[(8 * before + 5) // 6 : len(encoded) - 4]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found
