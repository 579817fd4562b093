"""Words about what commands did, what the player shows of it, and what to do next."""

from collections.abc import Callable, Sequence

from gateway.errors import (
    SCOPE_MISSING,
    InvalidArgumentsError,
    SpotifyError,
    UnauthorisedError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
    whole_seconds,
)
from tools.inline import inline
from tools.player.commands import PLAY
from tools.player.execution import Outcome
from tools.player.results import OperationResult
from tools.player.verification import Verification


def control_message(
    outcomes: Sequence[Outcome], results: Sequence[OperationResult], seen: Verification | None
) -> str:
    """Return the message of a call; `seen` is None if nothing was done that could be seen."""
    lines = [" ".join(filter(None, [_count(results), _headline(outcomes, seen)]))]
    if seen is not None:
        lines += _details(results, seen)
    lines += failures(outcomes)
    return "\n".join([*lines, next_step(outcomes, results, seen)])


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line for each reason that operations failed for."""
    reasons: dict[str, list[str]] = {}
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome.result, SpotifyError):
            # The codes are the errors' own, whichever of them a caller's tradition knows.
            reason = f"{outcome.result.code}: {outcome.result.message}"
            reasons.setdefault(reason, []).append(f"operations[{index}] {outcome.step.action}")
    return [f"Failed: {', '.join(operations)} — {reason}" for reason, operations in reasons.items()]


def next_step(outcomes: Sequence[Outcome], results: Sequence[OperationResult], seen: Verification | None) -> str:
    """Return what to do next."""
    errors = [outcome.result for outcome in outcomes if isinstance(outcome.result, SpotifyError)]
    if waits := [one["retry_after"] for one in results if "retry_after" in one]:
        wait_s = whole_seconds(max(waits))
        return f"Wait {wait_s} s, then send the failed operations only; sooner is refused again."
    if errors:
        return next((advice for fits, advice in _ADVICE if any(map(fits, errors))), _MEND)
    if seen is None or seen.error is not None or seen.unmet:
        return "Look again with spotify_status in a moment."
    return "Done; spotify_status tells everything in full."


def _is_about_devices(error: SpotifyError) -> bool:
    # What is wrong with the arguments may name device_id among those that there are.
    if isinstance(error, InvalidArgumentsError):
        return error.message.endswith("needs device_id")
    return "device" in error.message.lower()


_DEVICES = (
    'Call spotify_status with include ["devices"], then send a transfer with the device_id of your choice, and '
    "the failed operations after it."
)
_FINAL = frozenset({"PREMIUM_REQUIRED", "VOLUME_CONTROL_DISALLOW"})
"""Reasons that lie with the account or the device."""

_MEND = "Mend what the errors name, then send the failed operations only."
_ADVICE: Sequence[tuple[Callable[[SpotifyError], bool], str]] = (
    (
        lambda error: isinstance(error, UnauthorisedError) or error.reason == SCOPE_MISSING,
        "Sign in as the error says, then send the failed operations again.",
    ),
    (
        lambda error: error.reason in _FINAL,
        "Another try changes nothing: tell the user.",
    ),
    (
        # None is active, this one is unknown, or it does not take the command: another one is the way out.
        _is_about_devices,
        _DEVICES,
    ),
    (
        lambda error: isinstance(error, UpstreamUnavailableError | UpstreamTimeoutError),
        "See with spotify_status whether the failed operations were done after all; if not, send them again.",
    ),
)


def _count(results: Sequence[OperationResult]) -> str:
    ok, total = sum(one["ok"] for one in results), len(results)
    if total == 1:
        return f"{results[0]['action']} {'succeeded' if ok else 'failed'}."
    if ok == total:
        return f"All {total} actions succeeded."
    return f"{ok} of {total} actions succeeded." if ok else f"All {total} actions failed."


def _headline(outcomes: Sequence[Outcome], seen: Verification | None) -> str:
    """Return whether playback is active, and where."""
    if seen is None or seen.error is not None:
        return ""
    now = seen.playback
    if not now.device:
        return "No device is active."
    done = [outcome.done for outcome in outcomes if outcome.done is not None]
    if now.is_playing:
        started = any(one.endpoint_id == PLAY or one.operation.transfer_play for one in done)
        verb = "started" if started else "is active"
    else:
        verb = "paused" if any(one.action == "pause" for one in done) else "is paused"
    return f"Playback {verb} on '{inline(str(now.device.get('name')))}'."


def _details(results: Sequence[OperationResult], seen: Verification) -> list[str]:
    """Return what else was seen, and how it compares with what was asked for."""
    if seen.error is not None:
        return [f"What came of it could not be looked at — {seen.error.code}: {seen.error.message}"]
    now = seen.playback
    lines = []
    if now.item:
        volume = now.device.get("volume_percent")
        lines.append(now.sentence("" if volume is None else f" Volume: {volume}%."))
    lines += [
        f"Not as asked yet: operations[{wish.index}] {results[wish.index]['action']}, {wish.aspect} is "
        f"{inline(wish.seen(now))}."
        for wish in seen.unmet
    ]
    return lines
