"""Every symbol of the SDK that the tools stand on is there, with the signature it is used with.

The list is checked against the imports in the source, so that neither can change without the other.
"""

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import mcp_types
import pytest
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.runner import ServerRunner
from mcp.shared.dispatcher import CallOptions, DispatchContext, Outbound
from mcp.shared.message import ServerMessageMetadata
from mcp_types import methods, version

import tools
from tools.transport.exchange import Exchange
from tools.transport.session import Session

# Callables with the parameters they are called with; everything else only has to exist.
USED: dict[str, dict[str, list[str] | None]] = {
    "mcp.server.caching": {"CacheHint": ["ttl_ms", "scope"], "apply_cache_hint": ["result", "hint"]},
    "mcp.server.connection": {"Connection": None},
    "mcp.server.context": {"ServerRequestContext": None},
    "mcp.server.lowlevel": {"Server": None},
    "mcp.server.runner": {
        "ServerRunner": ["server", "connection", "lifespan_state"],
        "aclose_shielded": ["connection"],
        "serve_one": ["server", "dctx", "method", "params", "connection", "lifespan_state"],
    },
    "mcp.server.stdio": {"stdio_server": []},
    "mcp.shared.dispatcher": {
        "CallOptions": None,
        "ProgressFnT": None,
        "as_request_id": ["value"],
        "coerce_request_id": ["request_id"],
    },
    "mcp.shared.exceptions": {"MCPError": ["code", "message"], "NoBackChannelError": ["method"]},
    "mcp.shared.inbound": {
        "ERROR_CODE_HTTP_STATUS": None,
        "MCP_METHOD_HEADER": None,
        "MCP_NAME_HEADER": None,
        "MCP_PROTOCOL_VERSION_HEADER": None,
        "InboundLadderRejection": ["code", "message"],
        "InboundModernRoute": None,
        "classify_inbound_request": ["body", "headers"],
        "find_duplicated_routing_header": ["headers"],
        "unsupported_protocol_version_rejection": ["requested"],
        "validate_mcp_param_headers": ["input_schema", "arguments", "headers"],
    },
    "mcp.shared.jsonrpc_dispatcher": {
        "cancelled_request_id_from_params": ["params"],
        "handler_exception_to_error_data": ["exc"],
        "progress_token_from_params": ["params"],
    },
    "mcp.shared.message": {"ServerMessageMetadata": ["request_context"]},
    "mcp.shared.subscriptions": {"SUBSCRIPTION_ID_META_KEY": None},
    "mcp.shared.transport_context": {"TransportContext": ["kind", "can_send_request"]},
    "mcp_types": dict.fromkeys(
        [
            "CLIENT_CAPABILITIES_META_KEY",
            "CLIENT_INFO_META_KEY",
            "CONNECTION_CLOSED",
            "HEADER_MISMATCH",
            "INTERNAL_ERROR",
            "INVALID_PARAMS",
            "INVALID_REQUEST",
            "PARSE_ERROR",
            "PROTOCOL_VERSION_META_KEY",
            "REQUEST_TIMEOUT",
            "SERVER_INFO_META_KEY",
            "UNSUPPORTED_PROTOCOL_VERSION",
            "Annotations",
            "CallToolRequestParams",
            "CallToolResult",
            "CompleteRequestParams",
            "CompleteResult",
            "Completion",
            "DiscoverResult",
            "EmptyResult",
            "ErrorData",
            "GetPromptRequestParams",
            "GetPromptResult",
            "InitializeRequestParams",
            "JSONRPCError",
            "JSONRPCNotification",
            "JSONRPCRequest",
            "JSONRPCResponse",
            "ListPromptsResult",
            "ListResourceTemplatesResult",
            "ListResourcesResult",
            "ListToolsResult",
            "PaginatedRequestParams",
            "ProgressToken",
            "Prompt",
            "PromptArgument",
            "PromptMessage",
            "ReadResourceRequestParams",
            "ReadResourceResult",
            "RequestId",
            "RequestParams",
            "Resource",
            "ResourceTemplate",
            "ResourceUpdatedNotification",
            "ResourceUpdatedNotificationParams",
            "Result",
            "ServerNotification",
            "SubscribeRequestParams",
            "SubscriptionFilter",
            "SubscriptionsAcknowledgedNotification",
            "SubscriptionsAcknowledgedNotificationParams",
            "SubscriptionsListenRequestParams",
            "SubscriptionsListenResult",
            "TextContent",
            "TextResourceContents",
            "Tool",
            "ToolAnnotations",
            "UnsubscribeRequestParams",
        ]
    ),
    "mcp_types.methods": {
        "SPEC_CLIENT_METHODS": None,
        "SPEC_CLIENT_NOTIFICATION_METHODS": None,
        "serialize_server_result": ["method", "version", "data"],
        "validate_client_request": ["method", "version", "params"],
    },
    "mcp_types.version": {"HANDSHAKE_PROTOCOL_VERSIONS": None, "MODERN_PROTOCOL_VERSIONS": None},
}

SYMBOLS = [(module, name, parameters) for module, names in USED.items() for name, parameters in names.items()]


def imported() -> dict[str, set[str]]:
    """What the source takes from the SDK, by module: names imported, and names looked up in an imported module."""
    found: dict[str, set[str]] = {}
    for path in Path(tools.__file__).parent.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        modules: dict[str, str] = {}
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("mcp"):
                found.setdefault(str(node.module), set()).update(alias.name for alias in node.names)
            elif isinstance(node, ast.Import):
                modules |= {alias.asname or alias.name: alias.name for alias in node.names}
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                module = modules.get(node.value.id, "")
                if module.startswith("mcp"):
                    found.setdefault(module, set()).add(node.attr)
    return found


def test_the_list_names_exactly_what_the_tools_take_from_it() -> None:
    assert imported() == {module: set(names) for module, names in USED.items()}


@pytest.mark.parametrize(("module", "name", "parameters"), SYMBOLS)
def test_a_symbol_exists_and_takes_the_arguments_it_is_given(
    module: str, name: str, parameters: list[str] | None
) -> None:
    symbol = getattr(importlib.import_module(module), name)
    if parameters is None:
        return
    signature = inspect.signature(symbol).parameters
    assert set(parameters) <= set(signature)
    required = [
        item.name
        for item in signature.values()
        if item.default is item.empty and item.kind not in {item.VAR_POSITIONAL, item.VAR_KEYWORD}
    ]
    assert set(required) <= set(parameters)


def test_the_attributes_in_use_are_there() -> None:
    assert {"session_id"} <= set(inspect.signature(Connection.for_loop).parameters)
    envelope = ["protocol_version", "client_info", "client_capabilities", "outbound"]
    assert list(inspect.signature(Connection.from_envelope).parameters) == envelope
    assert isinstance(inspect.getattr_static(Connection, "initialize_accepted"), property)
    server = Server("contract")
    assert server.get_tool_input_schema is None
    assert isinstance(server.server_info_stamp, dict)
    assert server.get_request_handler("ping") is not None
    assert callable(server.lifespan)
    assert server.instructions is None
    assert "protocol_version" in inspect.signature(server.get_capabilities).parameters
    handler = ["method", "params_type", "handler"]
    assert list(inspect.signature(server.add_request_handler).parameters)[:3] == handler
    run = ["read_stream", "write_stream", "initialization_options"]
    assert list(inspect.signature(server.run).parameters)[:3] == run
    connection = Connection.from_envelope("2026-07-28", None, None)
    runner = ServerRunner(server, connection, {})
    for entry in (runner.on_request, runner.on_notify):
        assert list(inspect.signature(entry).parameters) == ["dctx", "method", "params"]
    assert "request" in ServerRequestContext.__dataclass_fields__
    assert {"timeout", "on_progress", "cancel_on_abandon"} <= set(CallOptions.__annotations__)
    assert ServerMessageMetadata(request_context="caller").request_context == "caller"


@pytest.mark.parametrize(("protocol", "ours"), [(DispatchContext, Exchange), (Outbound, Session)])
def test_our_side_of_the_seam_has_every_member(protocol: Any, ours: Any) -> None:
    members = {name for base in protocol.__mro__ for name in vars(base) if not name.startswith("_")}
    assert members
    for name in members:
        assert hasattr(ours, name)
        member = inspect.getattr_static(protocol, name)
        if inspect.isfunction(member):
            assert list(inspect.signature(member).parameters) == list(
                inspect.signature(getattr(ours, name)).parameters
            )


def test_the_revisions_are_the_ones_this_transport_was_written_for() -> None:
    assert version.HANDSHAKE_PROTOCOL_VERSIONS == ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
    assert version.MODERN_PROTOCOL_VERSIONS == ("2026-07-28",)
    assert "subscriptions/listen" in methods.SPEC_CLIENT_METHODS
    assert mcp_types.HEADER_MISMATCH == -32020
