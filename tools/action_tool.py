"""Makes a tool of a repertoire of actions: every call is checked, carried out and answered in the same way."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.client import SpotifyClient
from gateway.errors import SCOPE_MISSING, InvalidArgumentsError, UpstreamTimeoutError, UpstreamUnavailableError
from tools.action import A, Action, Repertoire
from tools.compat import Compat
from tools.envelope import estimated, refused, told
from tools.errand import Errand
from tools.outcome import Call, Got, Miss, Outcome
from tools.portions import cause_of
from tools.terse import terse
from tools.tool import BadArguments, Tool, ToolCall, ToolResult, not_again, schema_of_result

_UNKNOWN = (UpstreamTimeoutError, UpstreamUnavailableError)
"""Errors after which nobody knows whether Spotify did what it was asked."""

_NEXT: Mapping[str, str] = {
    "unauthorized": "Tell the user, who alone can mend that; spotify_search works without.",
    "invalid_arguments": "Nothing of it was done; mend what it names, then call again.",
    "forbidden": "Another try changes nothing until what it names is mended.",
    "not_found": "Look for the right id with spotify_search, or with an action that lists.",
}
"""What to do about errors that Spotify words, by their code; the gateway's own say it themselves."""

_NOT_THEIRS = "Another try changes nothing: it must be the signed-in user's own, or shared with them."


def action_tool(
    repertoire: Repertoire[A],
    client: SpotifyClient,
    *,
    clock: Callable[[], float],
    compat: Compat,
    reader: Tool | None = None,
) -> Tool:
    """Return the tool of `repertoire` over `client`; `clock` is monotonic seconds."""

    async def run(call: ToolCall) -> ToolResult:
        arguments = repertoire.understood(call.arguments)
        action = repertoire.actions[arguments.action]
        errand = Errand(client, call, clock=clock, compat=compat)
        if arguments.dry_run or call.options.dry_run:
            return _estimate(repertoire.name, action, arguments, errand=errand)
        return await _perform(repertoire.name, action, arguments, errand=errand)

    def calls(given: Mapping[str, Any]) -> Sequence[Call]:
        arguments = repertoire.understood(given)
        return repertoire.actions[arguments.action].calls(arguments)

    read_only = all(action.reads for action in repertoire.actions.values())
    return Tool(
        name=repertoire.name,
        title=repertoire.title,
        description=repertoire.description,
        input_schema=terse(repertoire.model.model_json_schema()),
        output_schema=terse(schema_of_result(repertoire.result)),
        run=run,
        calls=calls,
        kinds=repertoire.kinds(),
        read_only=read_only,
        destructive=not read_only,
        idempotent=read_only or repertoire.idempotent,
        reader=reader,
    )


async def _perform(tool: str, action: Action[A], arguments: A, *, errand: Errand) -> ToolResult:
    outcomes = await _carry_out(action, arguments, errand)
    cause = cause_of(outcomes)
    doubt = f"\n{action.doubt}" if action.doubt and cause and isinstance(cause.error, _UNKNOWN) else ""
    if cause is None or any(isinstance(outcome, Got) for outcome in outcomes):
        fields = await action.tell(arguments, outcomes, errand)
        fields["_msg"] += doubt
        reads = errand.reads if action.reads else not_again
        return told(arguments.action, fields, upstream_calls=errand.upstream_calls, reads=reads)
    if isinstance(cause.error, InvalidArgumentsError):
        raise BadArguments(list(cause.error.problems))
    return _refusal(tool, action, arguments.action, miss=cause, errand=errand, doubt=doubt)


async def _carry_out(action: Action[A], arguments: A, errand: Errand) -> Sequence[Outcome]:
    calls = action.calls(arguments)
    if action.reads:
        return await errand.ask_all(calls)
    if action.last_first:
        return (await errand.ask_in_turn(calls[::-1]))[::-1]
    return await errand.ask_in_turn(calls)


def _estimate(tool: str, action: Action[A], arguments: A, *, errand: Errand) -> ToolResult:
    calls = [*action.calls(arguments), *action.naming(arguments, errand.compat)]
    estimate = errand.estimate(calls)
    if not isinstance(estimate, Miss):
        return estimated(arguments.action, estimate)
    if isinstance(estimate.error, InvalidArgumentsError):
        raise BadArguments(list(estimate.error.problems))
    return _refusal(tool, action, arguments.action, miss=estimate, errand=errand)


def _refusal(
    tool: str, action: Action[A], name: str, *, miss: Miss, errand: Errand, doubt: str = ""
) -> ToolResult:
    failure = errand.failure(miss)
    steps = {**_NEXT, "forbidden": _NOT_THEIRS} if action.owned and miss.error.reason != SCOPE_MISSING else _NEXT
    after = f"\n{steps[miss.error.code]}" if miss.error.code in steps else doubt
    message = f"{tool.removeprefix('spotify_')}.{name} failed — {miss.error.code}: {miss.error.message}{after}"
    return refused(name, failure, message=message, upstream_calls=errand.upstream_calls)
