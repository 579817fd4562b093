"""Reads the body of a plain `tools/call` or `tools/list`; what the SDK might refuse or act upon is not plain."""

from collections import OrderedDict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import orjson
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    PROTOCOL_VERSION_META_KEY,
)
from mcp_types.methods import validate_client_request
from pydantic import ValidationError

from tools.fast.letter import REVISION, Letter

CALL: Final = "tools/call"
LIST: Final = "tools/list"

_MEMBERS: Final = frozenset({"jsonrpc", "id", "method", "params"})
_PARAMS: Final[Mapping[str, frozenset[str]]] = {
    CALL: frozenset({"name", "arguments", "_meta"}),
    LIST: frozenset({"_meta"}),
}
_ENVELOPE: Final = frozenset({PROTOCOL_VERSION_META_KEY, CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY})
_RESERVED: Final = "io.modelcontextprotocol/"
_ENVELOPES_KEPT: Final = 256
_LONGEST_ENVELOPE: Final = 4096
_NO_ARGUMENTS: Final[Mapping[str, Any]] = MappingProxyType({})


class Question(NamedTuple):
    """A plain request: its JSON-RPC id, what it asks, and for a call the tool and its arguments."""

    id: int | str
    method: str
    name: str = ""
    arguments: Mapping[str, Any] = _NO_ARGUMENTS


class Questions:
    """Reads bodies; envelopes that the SDK accepted once are known by their bytes."""

    def __init__(self) -> None:
        # First learnt, first forgotten; each client sends the same one with every request.
        self._envelopes: OrderedDict[bytes, None] = OrderedDict()

    def read(self, body: bytes, letter: Letter) -> Question | None:
        """Return what `body` asks; None if this lane should let it pass."""
        try:
            message: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        if type(message) is not dict or message.get("jsonrpc") != "2.0" or not message.keys() <= _MEMBERS:
            return None
        method: Any = message.get("method")
        params: Any = message.get("params", {})
        if method not in _PARAMS or type(params) is not dict or not params.keys() <= _PARAMS[method]:
            return None
        if not self._is_enveloped(params, letter, method):
            return None
        return _question(message.get("id"), method, params)

    def _is_enveloped(self, params: dict[str, Any], letter: Letter, method: str) -> bool:
        meta = params.get("_meta")
        if letter.wire != "modern":
            return meta is None or _is_idle(meta)
        if method != letter.method or (method == CALL and params.get("name") != letter.name):
            return False
        if type(meta) is not dict or not meta.keys() <= _ENVELOPE:
            return False
        if meta.get(PROTOCOL_VERSION_META_KEY) != REVISION:
            return False
        envelope = orjson.dumps(meta)
        return envelope in self._envelopes or self._learn(envelope, meta)

    def _learn(self, envelope: bytes, meta: dict[str, Any]) -> bool:
        try:
            validate_client_request(LIST, REVISION, {"_meta": meta})
        except ValidationError:
            return False
        if len(envelope) <= _LONGEST_ENVELOPE:
            self._envelopes[envelope] = None
            if len(self._envelopes) > _ENVELOPES_KEPT:
                self._envelopes.popitem(last=False)
        return True


def _question(request_id: Any, method: str, params: dict[str, Any]) -> Question | None:
    # A bool is an int to Python and no id to JSON-RPC.
    if type(request_id) is not int and type(request_id) is not str:
        return None
    if method == LIST:
        return Question(request_id, LIST)
    # Absent means none; null is for the SDK to judge.
    name, arguments = params.get("name"), params.get("arguments", {})
    if type(name) is not str or type(arguments) is not dict:
        return None
    return Question(request_id, CALL, name, arguments)


def _is_idle(meta: Any) -> bool:
    """Tell whether nobody acts on what stands in `_meta`, as somebody does on a progress token."""
    return type(meta) is dict and not any(key == "progressToken" or key.startswith(_RESERVED) for key in meta)
