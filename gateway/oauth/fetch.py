"""Fetches what a stranger points to, and never from anywhere that the stranger could not reach too.

The guard sits where sockets are made, on the very address that is connected to next. A name that resolves to
something else the second time (DNS rebinding), a literal, or a second address of a name all come past it.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ssl import SSLContext
from typing import Final, Protocol, Self

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver
from yarl import URL

from gateway.oauth.address import parse
from gateway.oauth.public import is_public

_CHUNK_BYTES: Final = 8192
_HEADERS: Final = {hdrs.ACCEPT: "application/json", hdrs.USER_AGENT: "fermata"}
_OK: Final = 200
_REDIRECTS: Final = range(300, 400)
_TLS_PORT: Final = 443


class FetchError(Exception):
    """There is no document; the text says why, as the end of a sentence that begins with what was fetched.

    It tells a stranger nothing of the network here: an unknown name, an inner host and a closed port read alike.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchConfig:
    """Limits of one fetch.

    Attributes:
        total_s: Longest time in all, in seconds.
        max_bytes: Largest document, unpacked.
    """

    total_s: float = 5.0
    max_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """A JSON document, not read yet, and how long its server says that it may be kept."""

    body: bytes
    cache_control: str


class Fetch(Protocol):
    """Fetches documents.

    Attributes:
        permitted: Origins from which everything is fetched, whatever they are.
    """

    @property
    def permitted(self) -> frozenset[str]:
        """See above."""
        ...

    async def __call__(self, url: str) -> Fetched:
        """Return the document at `url`.

        Raises:
            FetchError: It cannot be had, or must not be fetched.
        """
        ...


class GuardedFetch:
    """Fetches over https, port 443, from public addresses; an asynchronous context manager that owns its resolver.

    Args:
        config: Limits.
        resolver: Looks names up; closed in the end.
        permitted: Origins that are exempt from the guard, such as `http://127.0.0.1:1234`; for tests alone. No
            setting leads here: whoever could set one would reach the inner network.
        is_public: Which IP addresses may be connected to.
        tls: Whom certificates are trusted from; True is the system's choice.
    """

    def __init__(
        self,
        config: FetchConfig,
        *,
        resolver: AbstractResolver,
        permitted: frozenset[str] = frozenset(),
        is_public: Callable[[str], bool] = is_public,
        tls: SSLContext | bool = True,
    ) -> None:
        self._config = config
        self._resolver = resolver
        self._permitted = permitted
        self._is_public = is_public
        self._tls = tls

    @property
    def permitted(self) -> frozenset[str]:
        """See `Fetch.permitted`."""
        return self._permitted

    async def __aenter__(self) -> Self:
        """Return itself; nothing is opened before the first fetch."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the resolver. Connections end with the fetch that they are for."""
        await self._resolver.close()

    async def __call__(self, url: str) -> Fetched:
        """See `Fetch.__call__`."""
        connector = self._connector(url)
        try:
            async with (
                asyncio.timeout(self._config.total_s),
                # A session for each fetch: no connection, cookie or name outlives it.
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    headers=_HEADERS,
                    # One clock is enough, and the one above also runs while names are looked up.
                    timeout=aiohttp.ClientTimeout(total=None),
                    trust_env=False,
                ) as session,
                session.get(URL(url, encoded=True), allow_redirects=False) as response,
            ):
                return await self._take(response)
        except TimeoutError as error:
            raise FetchError(f"did not come within {self._config.total_s:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise FetchError("could not be had from a public address over https; serve it there") from error

    def _connector(self, url: str) -> aiohttp.TCPConnector:
        address = parse(url)
        if address is None:
            raise FetchError("has no plain web address")
        guarded = address.origin not in self._permitted
        if guarded and (address.scheme != "https" or address.port != _TLS_PORT or address.is_literal):
            raise FetchError("must have an https address with a name, on port 443")
        return aiohttp.TCPConnector(
            resolver=self._resolver,
            use_dns_cache=False,
            force_close=True,
            ssl=self._tls,
            socket_factory=self._guarded_socket if guarded else None,
        )

    def _guarded_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, place = info
        if not self._is_public(str(place[0])):
            raise OSError("not a public address")
        return socket.socket(family, kind, protocol)

    async def _take(self, response: aiohttp.ClientResponse) -> Fetched:
        if response.status in _REDIRECTS:
            raise FetchError("leads elsewhere, and no redirect is followed; name the last address itself")
        if response.status != _OK:
            raise FetchError(f"was answered with status {response.status}")
        if not _is_json(response.content_type):
            raise FetchError("is not served as application/json")
        body = bytearray()
        # Unpacked bytes are counted; how long the packed form said that it is means nothing.
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._config.max_bytes:
                raise FetchError(f"is larger than {self._config.max_bytes} bytes")
        return Fetched(bytes(body), ", ".join(response.headers.getall(hdrs.CACHE_CONTROL, ())))


def _is_json(content_type: str) -> bool:
    return content_type == "application/json" or (
        content_type.startswith("application/") and content_type.endswith("+json")
    )
