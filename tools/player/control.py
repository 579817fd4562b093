"""The tool `spotify_control`: commands to the player, in order, each of which succeeds or fails by itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from gateway.client import SpotifyClient
from limiter import Priority
from tools.compat import Compat
from tools.errand import Errand
from tools.outcome import Call
from tools.player.commands import ENDPOINTS, Command, commands_of
from tools.player.control_message import control_message
from tools.player.execution import Outcome, execute
from tools.player.operations import ControlArguments, WholeControlArguments
from tools.player.playback import STATE_READ
from tools.player.rehearsal import rehearse
from tools.player.results import ControlResult, control_result, results_of
from tools.player.verification import Verification, verify
from tools.player.wishes import wishes_of
from tools.terse import terse
from tools.tool import Tool, ToolCall, ToolResult, checked, schema_of_result

Sleep = Callable[[float], Awaitable[None]]

CONTROL_KINDS: Final[Sequence[Call]] = (*((endpoint_id, ()) for endpoint_id in ENDPOINTS), STATE_READ)
"""One call of each kind that the tool can make."""


def control_tool(
    client: SpotifyClient, *, clock: Callable[[], float], sleep: Sleep, compat: Compat = Compat.SEED
) -> Tool:
    """Return the tool `spotify_control` over `client`; `clock` is monotonic seconds, `sleep` waits for some."""

    async def run(call: ToolCall) -> ToolResult:
        arguments: ControlArguments = checked(ControlArguments, call.arguments)
        steps = commands_of(arguments, compat)
        errand = Errand(client, call, clock=clock, compat=compat, priority=Priority.CONTROL)
        if arguments.dry_run or call.options.dry_run:
            return rehearse(steps, errand)
        outcomes = await execute(steps, errand, parallel=arguments.parallel, progress=call.progress)
        seen = await _seen(outcomes, errand, sleep=sleep)
        return _answer(outcomes, seen, errand)

    def calls(given: Mapping[str, Any]) -> Sequence[Call]:
        steps = commands_of(checked(ControlArguments, given), compat)
        return [(step.endpoint_id, step.fields) for step in steps if isinstance(step, Command)]

    return Tool(
        name="spotify_control",
        title="Control playback",
        description="Play, pause, skip, seek, set volume, shuffle or repeat, transfer to a device, queue a track. "
        "Takes up to 25 operations and tells afterwards what the player shows. A link will do for a URI. Needs a "
        "signed-in Premium user. Without an active device, find one with spotify_status and transfer first.",
        input_schema=_input_schema(compat),
        output_schema=terse(schema_of_result(ControlResult)),
        run=run,
        calls=calls,
        kinds=CONTROL_KINDS,
        read_only=False,
        destructive=False,
        idempotent=False,
    )


def _input_schema(compat: Compat) -> dict[str, Any]:
    schema = terse(WholeControlArguments.model_json_schema())
    schema["$defs"]["Operation"]["properties"]["transfer_play"]["default"] = compat is Compat.SEED
    return schema


async def _seen(outcomes: Sequence[Outcome], errand: Errand, *, sleep: Sleep) -> Verification | None:
    done = [(index, outcome.done) for index, outcome in enumerate(outcomes) if outcome.done is not None]
    return await verify(wishes_of(done), errand, sleep=sleep) if done else None


def _answer(outcomes: Sequence[Outcome], seen: Verification | None, errand: Errand) -> ToolResult:
    results = results_of(outcomes, seen or Verification(), now=errand.now, compat=errand.compat)
    message = control_message(outcomes, results, seen)
    structured = control_result(message, results)
    structured["upstream_calls"] = errand.upstream_calls
    ok, failed = structured["summary"]["ok"], structured["summary"]["failed"]
    is_error = bool(failed) if errand.compat is Compat.ICEENER else not ok
    return ToolResult(message, dict(structured), is_error=is_error)
