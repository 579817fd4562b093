"""Names the revisions that are served, newest first; those with a handshake count as much as the stateless one."""

from typing import Any, Final

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.inbound import InboundLadderRejection
from mcp_types import UNSUPPORTED_PROTOCOL_VERSION, DiscoverResult, RequestParams
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

SERVED: Final = (*reversed(MODERN_PROTOCOL_VERSIONS), *reversed(HANDSHAKE_PROTOCOL_VERSIONS))


def advertise(server: Server[Any]) -> None:
    """Have the `server/discover` of `server` name all of `SERVED`; the SDK's names the stateless revision only."""

    async def discover(context: ServerRequestContext[Any, Any], _: RequestParams | None) -> DiscoverResult:
        return DiscoverResult(
            supported_versions=list(SERVED),
            capabilities=server.get_capabilities(protocol_version=context.protocol_version),
            instructions=server.instructions,
        )

    server.add_request_handler("server/discover", RequestParams, discover)


def supported_in(verdict: InboundLadderRejection) -> Any:
    """Return the data of a refusal, with all of `SERVED` where it names what is supported.

    A client that is too new for our stateless revision but still knows the handshake falls back to it only if it
    reads here that we serve it; otherwise it gives up (2026-07-28, basic/versioning, "Compatibility Matrix").
    """
    if verdict.code != UNSUPPORTED_PROTOCOL_VERSION:
        return verdict.data
    return {**verdict.data, "supported": list(SERVED)}
