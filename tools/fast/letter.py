"""Reads where a request is addressed and what its headers say; any doubt means that it is not for this lane."""

from typing import Final, NamedTuple

from aiohttp import hdrs, web
from aiohttp.typedefs import RawHeaders
from mcp.shared.inbound import MCP_METHOD_HEADER, MCP_NAME_HEADER, MCP_PROTOCOL_VERSION_HEADER
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from gateway import options
from gateway.guards import Guard, remembering
from tools.fast.memory import Memory
from tools.transport.guards import Accepts
from tools.transport.handshake import SESSION_HEADER
from tools.transport.observer import Wire
from tools.transport.sse import MESSAGES_PATH

REVISION: Final = "2026-07-28"
"""The one stateless revision that this lane knows; a newer one may mean something else by the same words."""

LONGEST_BODY: Final = 256 * 1024
"""Bytes; the ordinary lanes count larger ones while they read."""

_MCP: Final = "/mcp"
_SELECTED: Final = f"{_MCP}/"
_SESSION_QUERY: Final = f"{MESSAGES_PATH}?session_id="
_UNUSUAL: Final = (hdrs.CONTENT_ENCODING, hdrs.EXPECT, hdrs.UPGRADE)
_ROUTING: Final = (MCP_PROTOCOL_VERSION_HEADER, MCP_METHOD_HEADER, MCP_NAME_HEADER)
_HEADS_KEPT: Final = 2048
_LARGEST_HEAD: Final = 4096
"""Bytes in memory, so that all heads that are kept take 13 MiB at the most; usual ones take 2,000."""

_FIELD: Final = 128
"""Bytes that a field of a head takes beside its letters."""


Routing = tuple[str | None, str | None]
"""A method and the name of what it is about."""


class Letter(NamedTuple):
    """What is known of a POST before its body is read.

    Attributes:
        wire: Which wire it came by.
        route: Template of its path, for metrics.
        selection: Which tools its address means.
        session_id: Whose it is; empty on the stateless wire.
        routing: What the headers say that the body asks; None where no header has to say it.
        version: The revision; empty where the session knows it.
        has_options: Whether they say how the call is to be made.
    """

    wire: Wire
    route: str
    selection: str = ""
    session_id: str = ""
    routing: Routing | None = None
    version: str = ""
    has_options: bool = False


class Letters:
    """Reads requests on behalf of a gateway that `guard` protects."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._objection_to = remembering(guard)
        # Clients send the same head again and again: knowing it takes 1 us, reading it 8.
        self._known: Memory[tuple[str, RawHeaders], Letter] = Memory(_HEADS_KEPT)

    def read(self, request: web.BaseRequest) -> Letter | None:
        """Return what `request` says of itself; None if this lane should let it pass."""
        path = request.raw_path
        if request.method != hdrs.METH_POST or not path.startswith((_MCP, _SESSION_QUERY)):
            return None
        head = path, request.raw_headers
        letter = self._known.get(head)
        if letter is None:
            letter = self._read(request, path)
            if letter is not None and _size(path, request.raw_headers) <= _LARGEST_HEAD:
                self._known.learn(head, letter)
        return letter

    def _read(self, request: web.BaseRequest, path: str) -> Letter | None:
        if not self._plain(request):
            return None
        if path.startswith(_SESSION_QUERY):
            session_id = path[len(_SESSION_QUERY) :]
            return Letter("sse", MESSAGES_PATH, session_id=session_id, has_options=_has_options(request))
        return self._on_mcp(request, path)

    def _on_mcp(self, request: web.BaseRequest, path: str) -> Letter | None:
        if not Accepts.said(request.headers.get(hdrs.ACCEPT)).json:
            return None
        if path == _MCP:
            return _addressed(request, _MCP, selection="")
        if path.startswith(_SELECTED):
            return _addressed(request, _MCP + "/{selection}", selection=path[len(_SELECTED) :])
        return None

    def _plain(self, request: web.BaseRequest) -> bool:
        headers = request.headers
        if headers.get(hdrs.CONTENT_TYPE) != "application/json":
            return False
        # Chunked bodies have no length.
        if not 0 < (request.content_length or 0) <= LONGEST_BODY:
            return False
        for name in _UNUSUAL:
            if name in headers:
                return False
        origin = headers.get(hdrs.ORIGIN)
        # Answers to listed pages get more headers, from `gateway.cors`.
        return self._objection_to(headers.get(hdrs.HOST), origin) is None and not self._guard.lists(origin)


def _addressed(request: web.BaseRequest, route: str, *, selection: str) -> Letter | None:
    headers, has_options = request.headers, _has_options(request)
    version = headers.get(MCP_PROTOCOL_VERSION_HEADER)
    if version == REVISION:
        for name in _ROUTING:
            if len(headers.getall(name, ())) > 1:
                return None
        return Letter(
            "modern",
            route,
            selection,
            routing=(headers.get(MCP_METHOD_HEADER), headers.get(MCP_NAME_HEADER)),
            version=REVISION,
            has_options=has_options,
        )
    session_id = headers.get(SESSION_HEADER)
    if session_id is None or (version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS):
        return None
    return Letter("session", route, selection, session_id, has_options=has_options)


def _has_options(request: web.BaseRequest) -> bool:
    headers = request.headers
    return not all(name not in headers for name in options.HEADERS)


def _size(path: str, fields: RawHeaders) -> int:
    # Most of the path is kept twice: in the key, and in the letter.
    return 2 * len(path) + sum(len(name) + len(value) + _FIELD for name, value in fields)
