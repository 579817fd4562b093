"""The only module that opens connections to Spotify; it tells apart what never left from what got lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

import aiohttp
from yarl import URL

_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportConfig:
    """Limits of the connection pool; spans in seconds.

    Attributes:
        connections: Connections open at once.
        keep_alive_s: How long an idle connection stays open.
        dns_cache_s: How long a resolved address is trusted.
        connect_s: Longest wait for a connection, the wait for a free one included.
        read_s: Longest silence inside an answer.
        total_s: Longest exchange in all.
        max_body_bytes: Largest answer that is accepted, unpacked.
    """

    connections: int = 100
    keep_alive_s: float = 60.0
    dns_cache_s: int = 300
    connect_s: float = 5.0
    read_s: float = 10.0
    total_s: float = 20.0
    max_body_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    # Of the accounts service, it holds tokens.
    body: bytes = field(repr=False)


class TransportError(Exception):
    """No complete answer came; the text names the failure and nothing that was sent."""


class NotSentError(TransportError):
    """Nothing left this host."""


class LostError(TransportError):
    """The request may have reached Spotify, but its answer did not come back whole."""


class Transport(Protocol):
    """Carries one request; the seam at which tests and other networks plug in."""

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes | None = None
    ) -> Response:
        """Exchange one request for one answer of any status.

        Raises:
            NotSentError: Nothing left this host.
            LostError: It may have arrived, but there is no complete answer.
        """


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Forbid the client's silent second try.

    aiohttp repeats an idempotent request by itself when a reused connection turns out to be dead. The first
    copy may have been counted upstream, so the second would be a call that no permit covers. Its loop only
    repeats on its own exceptions, which this turns into ours.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise NotSentError(f"no connection to {request.url.host}: {type(error).__name__}") from error
    except (aiohttp.ClientError, OSError) as error:
        raise LostError(f"{request.url.host} broke off: {type(error).__name__}") from error


class PooledTransport:
    """A transport over one aiohttp session; an asynchronous context manager that owns the session."""

    def __init__(self, config: TransportConfig) -> None:
        self._config = config
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        """Open the pool; no connection is made yet."""
        config = self._config
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=config.connections,
                keepalive_timeout=config.keep_alive_s,
                ttl_dns_cache=config.dns_cache_s,
            ),
            timeout=aiohttp.ClientTimeout(total=config.total_s, connect=config.connect_s, sock_read=config.read_s),
            # Cookies would tie principals together.
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_once,),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        await self._session.close()

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes | None = None
    ) -> Response:
        """Exchange one request for one answer; see `Transport.send`."""
        try:
            async with self._session.request(
                method, URL(url, encoded=True), headers=headers, data=data, allow_redirects=False
            ) as response:
                body = await self._read(response)
                return Response(
                    response.status, {name.lower(): value for name, value in response.headers.items()}, body
                )
        except TimeoutError as error:
            raise LostError(f"no complete answer within {self._config.total_s:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise LostError(f"the answer broke off: {type(error).__name__}") from error

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            if size > self._config.max_body_bytes:
                raise LostError(f"the answer is larger than {self._config.max_body_bytes} bytes")
        return b"".join(chunks)
