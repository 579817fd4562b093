"""The suite's tools that answer with a question and are called again with its answer (2026-07-28, SEP-2322)."""

import json
from collections.abc import Sequence
from typing import Any

import mcp_types as types

from fixture_dialogues import Answer, Context, KernelTool, said, sampling

_Asked = dict[str, types.InputRequest]


def form(message: str, field: str = "name", kind: str = "string") -> types.ElicitRequest:
    """A form of one field."""
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def entry(answer: Any, field: str) -> Any:
    """What the user filled in, or nothing."""
    content = answer.content if isinstance(answer, types.ElicitResult) else None
    return (content or {}).get(field)


def _sampled(prompt: str) -> types.CreateMessageRequest:
    return types.CreateMessageRequest(params=sampling(prompt))


def _once(
    name: str, asked: _Asked, *, state: str | None = None, done: str = "state-ok: all received"
) -> KernelTool:
    """A tool that is done when every question has its answer and the state came back."""

    async def call(_: Context, params: types.CallToolRequestParams) -> Answer:
        if asked.keys() <= (params.input_responses or {}).keys() and params.request_state == state:
            return said(done)
        return types.InputRequiredResult(input_requests=asked, request_state=state)

    return KernelTool(name=name, call=call)


async def _greet(_: Context, params: types.CallToolRequestParams) -> Answer:
    name = entry((params.input_responses or {}).get("user_name"), "name")
    if name is not None:
        return said(f"Hello, {name}!")
    return types.InputRequiredResult(input_requests={"user_name": form("What is your name?")})


async def _count_roots(_: Context, params: types.CallToolRequestParams) -> Answer:
    answer = (params.input_responses or {}).get("client_roots")
    if isinstance(answer, types.ListRootsResult):
        return said(f"The client has {len(answer.roots)} root(s).")
    return types.InputRequiredResult(input_requests={"client_roots": types.ListRootsRequest()})


async def _two_steps(_: Context, params: types.CallToolRequestParams) -> Answer:
    state = json.loads(params.request_state) if params.request_state else {"step": 0}
    answers = params.input_responses or {}
    if state["step"] == 1 and "step1" in answers:
        return types.InputRequiredResult(
            input_requests={"step2": form("Step 2: What is your favourite colour?", "color")},
            request_state=json.dumps({"step": 2, "name": entry(answers["step1"], "name")}),
        )
    if state["step"] == 2 and "step2" in answers:
        return said(f"{state['name']} likes {entry(answers['step2'], 'color')}.")
    return types.InputRequiredResult(
        input_requests={"step1": form("Step 1: What is your name?")}, request_state=json.dumps({"step": 1})
    )


async def _ask_only_the_able(context: Context, _: types.CallToolRequestParams) -> Answer:
    able = context.session.client_capabilities or types.ClientCapabilities()
    asked: _Asked = {}
    if able.sampling is not None:
        asked["sample"] = _sampled("Say hello")
    if able.elicitation is not None:
        asked["ask"] = form("What is your name?")
    return types.InputRequiredResult(input_requests=asked, request_state="asked")


def rounds() -> Sequence[KernelTool]:
    """The tools."""
    confirm: _Asked = {"confirm": form("Please confirm", "ok", "boolean")}
    everything: _Asked = {
        "user_name": form("What is your name?"),
        "greeting": _sampled("Generate a greeting"),
        "client_roots": types.ListRootsRequest(),
    }
    prefix = "test_input_required_result"
    return (
        KernelTool(name=f"{prefix}_elicitation", call=_greet),
        KernelTool(name="test_streaming_elicitation", call=_greet),
        _once(f"{prefix}_sampling", {"capital_question": _sampled("What is the capital of France?")}),
        KernelTool(name=f"{prefix}_list_roots", call=_count_roots),
        _once(f"{prefix}_request_state", confirm, state="nonce"),
        _once(f"{prefix}_tampered_state", confirm, state="round-1"),
        _once(f"{prefix}_multiple_inputs", everything, state="several"),
        KernelTool(name=f"{prefix}_multi_round", call=_two_steps),
        KernelTool(name=f"{prefix}_capabilities", call=_ask_only_the_able),
    )
