"""What became of each operation, in the words of `spotify_control`; what worked stays what worked."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NotRequired

from pydantic import Field

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from gateway.errors import SpotifyError
from tools.compat import Compat
from tools.failure import failure_of
from tools.player.commands import Command
from tools.player.execution import Outcome
from tools.player.verification import Verification
from tools.summary import Summary


class OperationResult(TypedDict):
    """What became of one operation; devices are named if they are known without a further call."""

    index: int
    action: str
    ok: bool
    note: NotRequired[str]
    device_id: NotRequired[str]
    device_name: NotRequired[str]
    from_device_id: NotRequired[str]
    from_device_name: NotRequired[str]
    error: NotRequired[str]
    code: NotRequired[str]
    reason: NotRequired[str]
    retry_after: NotRequired[float]


class ControlResult(TypedDict):
    """What `spotify_control` answers; a dry run has an `estimate`, and results only for what cannot be sent."""

    _msg: str
    results: list[OperationResult]
    summary: Summary
    upstream_calls: int
    retry_after: NotRequired[Annotated[float, Field(description="Seconds.")]]
    # Its schema would cost every agent, on each listing, more words than the answer that few of them ask for.
    estimate: NotRequired[dict[str, Any]]


def results_of(
    outcomes: Sequence[Outcome], seen: Verification, *, now: float, compat: Compat
) -> list[OperationResult]:
    """Return one result for each outcome, as it stands at `now`, in monotonic seconds."""
    devices = _devices(outcomes, seen)
    return [
        OperationResult({**_result(index, outcome, seen, now=now, compat=compat), **device})
        for index, (outcome, device) in enumerate(zip(outcomes, devices, strict=True))
    ]


def control_result(message: str, results: list[OperationResult]) -> ControlResult:
    """Return the answer that tells `results`, as long as nothing was spent on them."""
    ok = sum(one["ok"] for one in results)
    result = ControlResult(
        _msg=message, results=results, summary=Summary(ok=ok, failed=len(results) - ok), upstream_calls=0
    )
    if waits := [one["retry_after"] for one in results if "retry_after" in one]:
        result["retry_after"] = max(waits)
    return result


def _result(index: int, outcome: Outcome, seen: Verification, *, now: float, compat: Compat) -> OperationResult:
    result = OperationResult(index=index, action=outcome.step.action, ok=outcome.done is not None)
    if isinstance(outcome.result, SpotifyError):
        return OperationResult({**result, **failure_of(outcome.result, waited_s=now - outcome.at, compat=compat)})
    notes = [outcome.done.note] if outcome.done is not None and outcome.done.note else []
    notes += [
        f"Spotify still reports {wish.aspect}: {wish.seen(seen.playback)}"
        for wish in seen.unmet
        if wish.index == index
    ]
    if notes:
        result["note"] = "; ".join(notes)
    return result


class _Devices(TypedDict):
    """Where an operation took effect."""

    device_id: NotRequired[str]
    device_name: NotRequired[str]
    from_device_id: NotRequired[str]
    from_device_name: NotRequired[str]


def _devices(outcomes: Sequence[Outcome], seen: Verification) -> Iterator[_Devices]:
    """Yield where each operation took effect, as far as the operations and the last look tell."""
    last, name = seen.playback.device.get("id"), seen.playback.device.get("name")
    moves = [index for index, outcome in enumerate(outcomes) if outcome.done and outcome.done.moves]
    # Without a move, the device that is active at the end was active all the time.
    active = None if moves else last
    for index, outcome in enumerate(outcomes):
        devices = _Devices()
        named = outcome.step.operation.device_id if isinstance(outcome.step, Command) else None
        if index in moves:
            if outcome.step.action == "transfer" and active not in {None, named}:
                devices["from_device_id"] = str(active)
                if name and active == last:
                    devices["from_device_name"] = name
            active = named
        target = named or (active if outcome.done is not None else None)
        if target:
            devices["device_id"] = target
        if target and name and target == last:
            devices["device_name"] = name
        yield devices
