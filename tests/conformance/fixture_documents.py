"""The suite's resources, prompts and completion; they never change."""

import json
import re
from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from fixture_rounds import entry, form
from fixture_tools import IMAGE, PIXEL_PNG

Context = ServerRequestContext[Any, Any]
Page = types.PaginatedRequestParams | None

_ROUND_PROMPT = "test_input_required_result_prompt"
_TEMPLATE = re.compile(r"test://template/([^/]+)/data")
_TEXTS: Mapping[str, str] = {
    "test://static-text": "This is the content of the static text resource.",
    "test://watched-resource": "Watched resource content",
}
_BINARY = "test://static-binary"
_PROMPTS: Mapping[str, tuple[str, ...]] = {
    "test_simple_prompt": (),
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
    "test_prompt_with_image": (),
    _ROUND_PROMPT: (),
}


async def list_resources(_: Context, __: Page) -> types.ListResourcesResult:
    """Answer `resources/list`."""
    listed = [*((uri, "text/plain") for uri in _TEXTS), (_BINARY, "image/png")]
    return types.ListResourcesResult(
        resources=[types.Resource(uri=uri, name=uri, mime_type=kind) for uri, kind in listed]
    )


async def list_templates(_: Context, __: Page) -> types.ListResourceTemplatesResult:
    """Answer `resources/templates/list`."""
    template = types.ResourceTemplate(
        uri_template="test://template/{id}/data", name="template", mime_type="application/json"
    )
    return types.ListResourceTemplatesResult(resource_templates=[template])


async def read_resource(_: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    """Answer `resources/read`."""
    uri = str(params.uri)
    if uri == _BINARY:
        blob = types.BlobResourceContents(uri=uri, mime_type="image/png", blob=PIXEL_PNG)
        return types.ReadResourceResult(contents=[blob])
    if (found := _TEMPLATE.fullmatch(uri)) is not None:
        data = {"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"}
        text = types.TextResourceContents(uri=uri, mime_type="application/json", text=json.dumps(data))
        return types.ReadResourceResult(contents=[text])
    if uri not in _TEXTS:
        raise MCPError(code=types.INVALID_PARAMS, message="There is no such resource", data={"uri": uri})
    contents = types.TextResourceContents(uri=uri, mime_type="text/plain", text=_TEXTS[uri])
    return types.ReadResourceResult(contents=[contents])


async def subscribe(_: Context, __: types.SubscribeRequestParams) -> types.EmptyResult:
    """Answer `resources/subscribe`."""
    return types.EmptyResult()


async def unsubscribe(_: Context, __: types.UnsubscribeRequestParams) -> types.EmptyResult:
    """Answer `resources/unsubscribe`."""
    return types.EmptyResult()


async def list_prompts(_: Context, __: Page) -> types.ListPromptsResult:
    """Answer `prompts/list`."""
    return types.ListPromptsResult(
        prompts=[
            types.Prompt(
                name=name,
                description=f"{name} of the conformance suite",
                arguments=[types.PromptArgument(name=argument, required=True) for argument in arguments],
            )
            for name, arguments in _PROMPTS.items()
        ]
    )


async def get_prompt(
    _: Context, params: types.GetPromptRequestParams
) -> types.GetPromptResult | types.InputRequiredResult:
    """Answer `prompts/get`."""
    if params.name not in _PROMPTS:
        raise MCPError(code=types.INVALID_PARAMS, message="There is no such prompt")
    if params.name == _ROUND_PROMPT:
        return _asking_prompt(params)
    given = params.arguments or {}
    image = [dict(IMAGE), _text("Please analyze the image above.")]
    resource = {
        "uri": given.get("resourceUri", ""),
        "mimeType": "text/plain",
        "text": "Embedded resource content for testing.",
    }
    contents: Mapping[str, list[dict[str, Any]]] = {
        "test_simple_prompt": [_text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments": [
            _text(f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'")
        ],
        "test_prompt_with_embedded_resource": [
            {"type": "resource", "resource": resource},
            _text("Please process the embedded resource above."),
        ],
        "test_prompt_with_image": image,
    }
    return _prompt(contents[params.name])


async def complete(_: Context, __: types.CompleteRequestParams) -> types.CompleteResult:
    """Answer `completion/complete`."""
    return types.CompleteResult(completion=types.Completion(values=["paris", "park"], total=2, has_more=False))


async def set_level(_: Context, __: types.SetLevelRequestParams) -> types.EmptyResult:
    """Answer `logging/setLevel`."""
    return types.EmptyResult()


def _asking_prompt(params: types.GetPromptRequestParams) -> types.GetPromptResult | types.InputRequiredResult:
    context = entry((params.input_responses or {}).get("user_context"), "context")
    if context is None:
        asked: dict[str, types.InputRequest] = {"user_context": form("What is the context?", "context")}
        return types.InputRequiredResult(input_requests=asked)
    return _prompt([_text(f"Use the following context: {context}")])


def _prompt(contents: list[dict[str, Any]]) -> types.GetPromptResult:
    messages = [{"role": "user", "content": content} for content in contents]
    return types.GetPromptResult.model_validate({"messages": messages})


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
