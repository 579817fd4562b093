"""Writes answers as bytes, byte for byte the JSON that the SDK's own lane would write, only sooner."""

from typing import Any, Final

import mcp_types as types
import orjson
from mcp.server.caching import apply_cache_hint
from mcp.server.lowlevel import Server
from mcp_types import SERVER_INFO_META_KEY, RequestId
from mcp_types.methods import serialize_server_result
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from tools.tool import ToolResult

_CLOSE: Final = b"}"


class Encoder:
    """Shapes the results of `server` for each revision."""

    def __init__(self, server: Server[Any]) -> None:
        self._server = server
        stamp = {"resultType": "complete", "_meta": {SERVER_INFO_META_KEY: server.server_info_stamp}}
        modern = b"," + orjson.dumps(stamp)[1:]
        self._tails = dict.fromkeys(MODERN_PROTOCOL_VERSIONS, modern)

    def called(self, result: ToolResult, version: str) -> bytes:
        """Return a result of `tools/call`, still open at its end; `answer` closes it.

        Without further content blocks it is the same for every revision.
        """
        if result.more:
            return _opened("tools/call", version, result.describe())
        parts = [
            b'{"content":[{"type":"text","text":',
            orjson.dumps(result.text),
            b'}],"isError":true' if result.is_error else b'}],"isError":false',
        ]
        if result.structured:
            parts += [b',"structuredContent":', orjson.dumps(result.structured)]
        return b"".join(parts)

    def listed(self, tools: types.ListToolsResult, version: str) -> bytes:
        """Return a result of `tools/list`, open like those of `called`."""
        return _opened("tools/list", version, apply_cache_hint(tools, self._server.cache_hints["tools/list"]))

    def answer(self, request_id: RequestId, opened: bytes, version: str) -> bytes:
        """Return the response whose result is `opened`."""
        head = b'{"jsonrpc":"2.0","id":' + orjson.dumps(request_id) + b',"result":'
        return b"".join((head, opened, self._tails.get(version, _CLOSE), _CLOSE))


def _opened(method: str, version: str, result: types.Result) -> bytes:
    dumped = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    shaped = serialize_server_result(method, version, dumped)
    shaped.pop("resultType", None)
    return orjson.dumps(shaped)[:-1]
