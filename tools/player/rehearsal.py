"""Tells what a control call would cost, and which of its operations cannot be sent; nothing is sent."""

from collections.abc import Sequence

from gateway.steps import Reply
from tools.compat import Compat
from tools.errand import Errand
from tools.outcome import Miss
from tools.player.commands import Command, Unfit
from tools.player.control_message import control_message, failures, next_step
from tools.player.execution import Outcome
from tools.player.playback import STATE_READ
from tools.player.results import control_result, results_of
from tools.player.verification import Verification
from tools.tool import ToolResult


def rehearse(steps: Sequence[Command | Unfit], errand: Errand) -> ToolResult:
    """Return an estimate for the operations that can be sent, and results for the others alone."""
    outcomes = [_tried(step, errand) for step in steps]
    results = results_of(outcomes, Verification(), now=errand.now, compat=errand.compat)
    sound = [outcome.done for outcome in outcomes if outcome.done is not None]
    if not sound:
        message = control_message(outcomes, results, None)
        return ToolResult(message, dict(control_result(message, results)), is_error=True)
    # The look at the player afterwards is part of it.
    estimate = errand.estimate([*((command.endpoint_id, command.fields) for command in sound), STATE_READ])
    if isinstance(estimate, Miss):
        raise estimate.error
    bad = [one for one in results if not one["ok"]]
    lines = [estimate["message"], *failures(outcomes), *([next_step(outcomes, bad, None)] if bad else [])]
    structured = control_result("\n".join(lines), bad)
    structured["estimate"] = dict(estimate)
    return ToolResult(
        structured["_msg"], dict(structured), is_error=bool(bad) if errand.compat is Compat.ICEENER else False
    )


def _tried(step: Command | Unfit, errand: Errand) -> Outcome:
    if isinstance(step, Unfit):
        return Outcome(step, step.error, errand.now)
    estimate = errand.estimate([(step.endpoint_id, step.fields)])
    return Outcome(step, estimate.error if isinstance(estimate, Miss) else Reply(b""), errand.now)
