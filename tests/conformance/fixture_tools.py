"""The suite's tools that only answer, as tools of the product: they run through its registry, runner and lanes."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from tools.tool import Run, Tool, ToolCall, ToolResult

PIXEL_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
SILENCE_WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
IMAGE: Mapping[str, str] = MappingProxyType({"type": "image", "data": PIXEL_PNG, "mimeType": "image/png"})

_NO_ARGUMENTS: Mapping[str, Any] = MappingProxyType(
    {"type": "object", "properties": {}, "additionalProperties": False}
)
_KEYWORDS: Mapping[str, Any] = MappingProxyType(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": False,
    }
)


def answering(text: str, *more: Mapping[str, Any], is_error: bool = False) -> Run:
    """A tool that always says the same."""
    result = ToolResult(text, more=more, is_error=is_error)

    async def run(_: ToolCall) -> ToolResult:
        return result

    return run


async def _with_progress(call: ToolCall) -> ToolResult:
    for done in (0, 50, 100):
        await call.progress(done, 100)
    return ToolResult("Told three steps.")


def _tool(
    name: str,
    run: Callable[[ToolCall], Awaitable[ToolResult]],
    *,
    schema: Mapping[str, Any] = _NO_ARGUMENTS,
) -> Tool:
    return Tool(
        name=name,
        title=name,
        description=f"{name} of the conformance suite",
        input_schema=schema,
        output_schema=None,
        run=run,
        read_only=True,
        destructive=False,
        idempotent=True,
    )


def _embedded(uri: str, mime_type: str, text: str) -> Mapping[str, Any]:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime_type, "text": text}}


PLAIN_TOOLS = (
    _tool("test_simple_text", answering("This is a simple text response for testing.")),
    _tool("test_image_content", answering("An image:", IMAGE)),
    _tool(
        "test_audio_content",
        answering("A sound:", {"type": "audio", "data": SILENCE_WAV, "mimeType": "audio/wav"}),
    ),
    _tool(
        "test_embedded_resource",
        answering(
            "A resource:",
            _embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."),
        ),
    ),
    _tool(
        "test_multiple_content_types",
        answering(
            "Multiple content types test:",
            IMAGE,
            _embedded("test://mixed-content-resource", "application/json", '{"test": "data", "value": 123}'),
        ),
    ),
    _tool(
        "test_error_handling",
        answering("This tool intentionally returns an error for testing", is_error=True),
    ),
    _tool("test_tool_with_progress", _with_progress),
    _tool("json_schema_2020_12_tool", answering("Its schema is what is tested."), schema=_KEYWORDS),
)
