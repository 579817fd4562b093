"""Reads the body of a plain `tools/call` or `tools/list`; what the SDK might refuse or act upon is not plain."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Self

import orjson
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    PROTOCOL_VERSION_META_KEY,
    RequestId,
)
from mcp_types.methods import validate_client_request
from pydantic import ValidationError

from gateway.trim import trimmed
from tools.fast.letter import REVISION, Letter, Routing
from tools.fast.memory import Memory
from tools.fast.numbered import is_id_of, parts_of

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
_QUESTIONS_KEPT: Final = 2048
_LONGEST_KNOWN: Final = 4096
"""Bytes that an entry may hold: with the bounds above 1 MiB of envelopes and 8 MiB of questions at the most."""


class Question(NamedTuple):
    """What a plain request asks: to list the tools, or to call one of them; `wording` is the arguments as JSON."""

    method: str
    name: str = ""
    wording: bytes = b"{}"

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments, made anew for each call: as objects they take up to fifty times the room."""
        arguments: dict[str, Any] = orjson.loads(self.wording)
        return arguments

    def kept(self) -> Self:
        """Return the same, for a long life."""
        return self._replace(wording=trimmed(self.wording))


class Questions:
    """Reads bodies; envelopes that the SDK accepted once, and questions asked before, are known by their bytes."""

    def __init__(self) -> None:
        self._envelopes: Memory[bytes, None] = Memory(_ENVELOPES_KEPT)
        self._known: Memory[bytes, tuple[Routing | None, Question]] = Memory(_QUESTIONS_KEPT)

    def read(self, body: bytes, letter: Letter) -> tuple[RequestId, Question] | None:
        """Return the id of the request and what it asks; None if this lane should let it pass."""
        parts = parts_of(body)
        if parts is None:
            return self._read(body, letter)
        digits, rest = parts
        known = self._known.get(rest)
        if known is not None and known[0] == letter.routing:
            return int(digits), known[1]
        read = self._read(body, letter)
        if read is not None and _size(rest, read[1], letter.routing) <= _LONGEST_KNOWN and is_id_of(parts):
            self._known.learn(rest, (letter.routing, read[1].kept()))
        return read

    def _read(self, body: bytes, letter: Letter) -> tuple[RequestId, Question] | None:
        try:
            message: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        if type(message) is not dict or message.get("jsonrpc") != "2.0" or not message.keys() <= _MEMBERS:
            return None
        method: Any = message.get("method")
        params: Any = message.get("params", {})
        # It may be any JSON, a list too, which no table takes as a key.
        allowed = _PARAMS.get(method) if type(method) is str else None
        if allowed is None or type(params) is not dict or not params.keys() <= allowed:
            return None
        if not self._is_enveloped(params, letter.routing, method):
            return None
        return _question(message.get("id"), method, params)

    def _is_enveloped(self, params: dict[str, Any], routing: Routing | None, method: str) -> bool:
        meta = params.get("_meta")
        if routing is None:
            return meta is None or _is_idle(meta)
        if routing[0] != method or (method == CALL and routing[1] != params.get("name")):
            return False
        if type(meta) is not dict or not meta.keys() <= _ENVELOPE:
            return False
        if meta.get(PROTOCOL_VERSION_META_KEY) != REVISION:
            return False
        envelope = _written(meta)
        return envelope is not None and (envelope in self._envelopes or self._learn(envelope, meta))

    def _learn(self, envelope: bytes, meta: dict[str, Any]) -> bool:
        try:
            validate_client_request(LIST, REVISION, {"_meta": meta})
        except ValidationError:
            return False
        if len(envelope) <= _LONGEST_KNOWN:
            self._envelopes.learn(trimmed(envelope), None)
        return True


def _question(request_id: Any, method: str, params: dict[str, Any]) -> tuple[RequestId, Question] | None:
    # A bool is an int to Python and no id to JSON-RPC.
    if type(request_id) is not int and type(request_id) is not str:
        return None
    if method == LIST:
        return request_id, Question(LIST)
    # Absent means none; null is for the SDK to judge.
    name, arguments = params.get("name"), params.get("arguments", {})
    if type(name) is not str or type(arguments) is not dict or (wording := _written(arguments)) is None:
        return None
    return request_id, Question(CALL, name, wording)


def _written(value: dict[str, Any]) -> bytes | None:
    """Return `value` as JSON; None if it is deeper than the 254 levels that orjson writes, for it reads 1,024."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return None


def _size(rest: bytes, question: Question, routing: Routing | None) -> int:
    return len(rest) + len(question.wording) + sum(len(word or "") for word in routing or ())


def _is_idle(meta: Any) -> bool:
    """Tell whether nobody acts on what stands in `_meta`, as somebody does on a progress token."""
    return type(meta) is dict and not any(key == "progressToken" or key.startswith(_RESERVED) for key in meta)
