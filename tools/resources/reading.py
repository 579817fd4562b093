"""Reads one resource for one caller; what goes wrong is worded as the caller's revision wants it."""

from typing import Any, Final

import mcp_types as types
import orjson
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from gateway.client import SpotifyClient
from gateway.errors import InvalidArgumentsError, NotFoundError, RejectedError, SpotifyError
from gateway.options import CallOptions, options_of
from gateway.reader import private_policy
from gateway.steps import Reply
from tools.failure import failure_of
from tools.resources.resource import MIME_TYPE, Target
from tools.transport.caller import Caller

RESOURCE_NOT_FOUND: Final = -32002
"""What revisions before 2026-07-28 say of a resource that is not there; that one forbids the code."""

_NOTHING: Final = b"null"
"""Spotify answers nothing at all when nothing plays, which is no JSON."""


class ResourceReader:
    """Answers reads through `client`."""

    def __init__(self, client: SpotifyClient) -> None:
        self._client = client

    async def read(self, uri: str, target: Target, *, caller: Caller) -> types.ReadResourceResult:
        """Return what `target` holds now, as the contents of `uri`.

        Raises:
            SpotifyError: It cannot be read.
        """
        options = options_of(caller.headers)
        called = target.resource.endpoint.id
        if options.dry_run:
            return self._estimate(uri, target, caller=caller, options=options)
        reply = await self._client.call(called, target.given, principal=caller.principal, **options.manner)
        scope = target.resource.scope(dict(target.given))
        meta = {"cache": reply.cache, "age_s": int(reply.age_s), "upstream_calls": reply.upstream_calls}
        return types.ReadResourceResult(
            contents=[_contents(uri, reply.body or _NOTHING)],
            ttl_ms=_fresh_ms(target, reply, private=scope == "private"),
            cache_scope=scope,
            _meta=meta,
        )

    def _estimate(
        self, uri: str, target: Target, *, caller: Caller, options: CallOptions
    ) -> types.ReadResourceResult:
        calls = [(target.resource.endpoint.id, target.given)]
        estimate = self._client.estimate(calls, principal=caller.principal, **options.manner)
        return types.ReadResourceResult(contents=[_contents(uri, orjson.dumps(estimate))], ttl_ms=0)


def worded(error: SpotifyError, uri: str, *, version: str) -> MCPError:
    """Return `error`, which reading `uri` met, as a protocol error of the revision `version`."""
    failure: dict[str, Any] = {**failure_of(error)}
    return MCPError(code=_code(error, version), message=failure.pop("error"), data={"uri": uri, **failure})


def _code(error: SpotifyError, version: str) -> int:
    match error:
        case NotFoundError() if version not in MODERN_PROTOCOL_VERSIONS:
            return RESOURCE_NOT_FOUND
        case NotFoundError() | InvalidArgumentsError() | RejectedError():
            return types.INVALID_PARAMS
        case _:
            return types.INTERNAL_ERROR


def _contents(uri: str, body: bytes) -> types.TextResourceContents:
    return types.TextResourceContents(uri=uri, mime_type=MIME_TYPE, text=body.decode())


def _fresh_ms(target: Target, reply: Reply, *, private: bool) -> int:
    """Return for how long a client need not ask again.

    What a write can change is for the gateway to keep: it forgets with the write, and a client would not.
    """
    if target.resource.changes_with or reply.cache == "stale":
        return 0
    endpoint = target.resource.endpoint
    policy = private_policy(endpoint) if private else endpoint.cache
    return int(max(0.0, policy.ttl_s - reply.age_s) * 1000)
