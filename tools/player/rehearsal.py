"""Tells what a control call would cost, and which of its operations cannot be sent; nothing is sent."""

from collections.abc import Sequence

from gateway.errors import SpotifyError
from gateway.estimate import Estimate
from gateway.steps import Reply
from tools.compat import Compat
from tools.player.asker import Asker
from tools.player.commands import Command, Unfit
from tools.player.control_message import control_message, failures, next_step
from tools.player.execution import Outcome
from tools.player.playback import STATE_READ
from tools.player.results import control_result, results_of
from tools.player.verification import Verification
from tools.tool import ToolResult


def rehearse(steps: Sequence[Command | Unfit], asker: Asker, *, compat: Compat) -> ToolResult:
    """Return an estimate for the operations that can be sent, and results for the others alone."""
    outcomes = [_tried(step, asker) for step in steps]
    results = results_of(outcomes, Verification(), now=asker.clock(), compat=compat)
    sound = [outcome.done for outcome in outcomes if outcome.done is not None]
    if not sound:
        message = control_message(outcomes, results, None)
        return ToolResult(message, dict(control_result(message, results)), is_error=True)
    estimate = _estimate(sound, asker)
    bad = [one for one in results if not one["ok"]]
    lines = [estimate["message"], *failures(outcomes), *([next_step(outcomes, bad, None)] if bad else [])]
    structured = control_result("\n".join(lines), bad)
    structured["estimate"] = dict(estimate)
    return ToolResult(
        structured["_msg"], dict(structured), is_error=bool(bad) if compat is Compat.ICEENER else False
    )


def _tried(step: Command | Unfit, asker: Asker) -> Outcome:
    if isinstance(step, Unfit):
        return Outcome(step, step.error, asker.clock())
    try:
        asker.client.estimate([(step.endpoint_id, step.fields)], principal=asker.principal)
    except SpotifyError as error:
        return Outcome(step, error, asker.clock())
    return Outcome(step, Reply(b""), asker.clock())


def _estimate(commands: Sequence[Command], asker: Asker) -> Estimate:
    """Return what they would cost together with the look at the player afterwards."""
    calls = [(command.endpoint_id, command.fields) for command in commands]
    return asker.client.estimate(
        [*calls, STATE_READ], principal=asker.principal, deadline_s=asker.left_s, priority=asker.priority
    )
