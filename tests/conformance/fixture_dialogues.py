"""The suite's tools that log or ask while they run, written for the kernel: the product has none of that kind."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import PromptsListChanged, SubscriptionBus, ToolsListChanged
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata

Context = ServerRequestContext[Any, Any]
Answer = types.CallToolResult | types.InputRequiredResult
Handler = Callable[[Context, types.CallToolRequestParams], Awaitable[Answer]]

_NAMED = {"type": "string", "title": "Name", "default": "John Doe"}
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "name": _NAMED,
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    }
)
ENUMS: Mapping[str, Any] = MappingProxyType(
    {
        "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
        "titledSingle": {
            "type": "string",
            "oneOf": [{"const": "value1", "title": "First"}, {"const": "value2", "title": "Second"}],
        },
        "legacyEnum": {"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]},
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2"]}},
        "titledMulti": {
            "type": "array",
            "items": {"anyOf": [{"const": "value1", "title": "First"}, {"const": "value2", "title": "Second"}]},
        },
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelTool:
    """A tool that is called by the kernel and not by the product's runner."""

    name: str
    call: Handler
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def input_schema(self) -> dict[str, Any]:
        """What it takes."""
        return {"type": "object", "properties": dict(self.properties)}

    def describe(self) -> types.Tool:
        """Return its definition."""
        description = f"{self.name} of the conformance suite"
        return types.Tool(name=self.name, description=description, input_schema=self.input_schema)


def said(text: str) -> types.CallToolResult:
    """A result of one text."""
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


async def _log(context: Context, _: types.CallToolRequestParams) -> Answer:
    for text in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        # What `send_log_message` does, without its warning that 2026-07-28 deprecates logging.
        if "info" in context.session._allowed_log_levels:  # noqa: SLF001 - the SDK has no other way to ask
            params = types.LoggingMessageNotificationParams(level="info", data=text)
            await context.session.send_notification(
                types.LoggingMessageNotification(params=params), context.request_id
            )
        await asyncio.sleep(0)
    return said("Tool with logging executed successfully")


async def _sample(context: Context, params: types.CallToolRequestParams) -> Answer:
    prompt = str((params.arguments or {}).get("prompt", "Hello"))
    answer = await context.session.send_request(
        types.CreateMessageRequest(params=sampling(prompt)),
        types.CreateMessageResult,
        metadata=ServerMessageMetadata(related_request_id=context.request_id),
    )
    return said(f"LLM response: {getattr(answer.content, 'text', 'none')}")


def _eliciting(properties: Mapping[str, Any]) -> Handler:
    async def elicit(context: Context, params: types.CallToolRequestParams) -> Answer:
        message = str((params.arguments or {}).get("message", "Please fill in"))
        schema = {"type": "object", "properties": dict(properties), "required": list(properties)}
        answer = await context.session.elicit_form(message, schema, context.request_id)
        return said(f"action={answer.action}, content={json.dumps(answer.content)}")

    return elicit


async def _need_sampling(context: Context, _: types.CallToolRequestParams) -> Answer:
    capabilities = context.session.client_capabilities
    if capabilities is None or capabilities.sampling is None:
        raise MCPError(
            code=types.MISSING_REQUIRED_CLIENT_CAPABILITY,
            message="This tool needs the client capability 'sampling'",
            data={"requiredCapabilities": {"sampling": {}}},
        )
    return said("The client can sample.")


async def _echo_region(_: Context, params: types.CallToolRequestParams) -> Answer:
    return said(f"region={(params.arguments or {}).get('region')}")


def _announcing(bus: SubscriptionBus, event: ToolsListChanged | PromptsListChanged) -> Handler:
    async def announce(_: Context, __: types.CallToolRequestParams) -> Answer:
        await bus.publish(event)
        return said("announced")

    return announce


def sampling(prompt: str) -> types.CreateMessageRequestParams:
    """A question to the client's model."""
    message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text=prompt))
    return types.CreateMessageRequestParams(messages=[message], max_tokens=100)


def dialogues(bus: SubscriptionBus) -> Sequence[KernelTool]:
    """The tools; those that change a list announce it on `bus`."""
    text = {"type": "string"}
    answer = {"username": text, "email": text}
    header = {"region": {"type": "string", "x-mcp-header": "Region"}}
    return (
        KernelTool(name="test_tool_with_logging", call=_log),
        KernelTool(name="test_logging_tool", call=_log),
        KernelTool(name="test_sampling", call=_sample, properties={"prompt": text}),
        KernelTool(name="test_elicitation", call=_eliciting(answer), properties={"message": text}),
        KernelTool(name="test_elicitation_sep1034_defaults", call=_eliciting(DEFAULTS)),
        KernelTool(name="test_elicitation_sep1330_enums", call=_eliciting(ENUMS)),
        KernelTool(name="test_missing_capability", call=_need_sampling),
        KernelTool(name="test_x_mcp_header", call=_echo_region, properties=header),
        KernelTool(name="test_trigger_tool_change", call=_announcing(bus, ToolsListChanged())),
        KernelTool(name="test_trigger_prompt_change", call=_announcing(bus, PromptsListChanged())),
    )
