"""The tool `spotify_status`: what plays where and what is next; a section that fails never hides the others."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import BaseModel, ConfigDict, Field

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from gateway.client import SpotifyClient
from gateway.together import together
from tools.compat import Compat
from tools.errand import Errand
from tools.failure import Failure
from tools.outcome import Call, Miss
from tools.player.playback import STATE_READ, Heard, Player
from tools.player.sections import Device, Queue, Section
from tools.player.snapshot import Snapshot, snapshot_of
from tools.player.status_message import status_message
from tools.summary import Summary
from tools.terse import terse
from tools.tool import Tool, ToolCall, ToolResult, checked, schema_of_result

_READS: Mapping[Section, Call] = {
    "player": STATE_READ,
    # The player's state has the track as well, so both together cost one call.
    "current_track": STATE_READ,
    "devices": ("get-a-users-available-devices", ()),
    "queue": ("get-queue", ()),
}

STATUS_KINDS: Final[Sequence[Call]] = tuple(dict.fromkeys(_READS.values()))
"""One call of each kind that the tool can make."""


class StatusArguments(BaseModel):
    """What `spotify_status` takes."""

    model_config = ConfigDict(extra="forbid", title="spotify_status")

    include: Annotated[list[Section], Field(min_length=1)] = Field(
        ["player", "devices", "current_track"],
        description="Sections to tell. player and current_track cost one call together, the others one each.",
    )
    dry_run: bool = Field(default=False, description="Only tell the cost.")
    mode: Literal["slim"] = Field("slim", description="For older clients.")


class StatusResult(TypedDict):
    """What `spotify_status` answers; sections that were asked for are there, or under `failed`."""

    _msg: str
    player: NotRequired[Player]
    current_track: NotRequired[Heard | None]
    devices: NotRequired[list[Device]]
    devicesById: NotRequired[dict[str, Device]]
    queue: NotRequired[Queue]
    failed: NotRequired[dict[Section, Failure]]
    summary: Summary
    upstream_calls: int
    retry_after: NotRequired[Annotated[float, Field(description="Seconds.")]]
    # Its schema would cost every agent, on each listing, more words than the answer that few of them ask for.
    estimate: NotRequired[dict[str, Any]]


def status_tool(client: SpotifyClient, *, clock: Callable[[], float], compat: Compat = Compat.SEED) -> Tool:
    """Return the tool `spotify_status` over `client`; `clock` is monotonic seconds."""

    async def run(call: ToolCall) -> ToolResult:
        arguments: StatusArguments = checked(StatusArguments, call.arguments)
        sections = tuple(dict.fromkeys(arguments.include))
        errand = Errand(client, call, clock=clock, compat=compat)
        if arguments.dry_run or call.options.dry_run:
            return _estimate(sections, errand)
        reads = _reads(sections)
        # A few reads that one person waits for are no bulk.
        told = dict(zip(reads, await together(errand.ask(read) for read in reads), strict=True))
        seen = snapshot_of({one: told[_READS[one]] for one in sections}, now=errand.now)
        result = _result(sections, seen, compat)
        result["upstream_calls"] = errand.upstream_calls
        return _answer(result, compat)

    return Tool(
        name="spotify_status",
        aliases=("player_status",),
        title="Player status",
        description="What plays and how, which devices there are with the ids that spotify_control takes, and "
        "what is queued. Call it before spotify_control to learn a device_id. Needs a signed-in user.",
        input_schema=terse(StatusArguments.model_json_schema()),
        output_schema=terse(schema_of_result(StatusResult)),
        run=run,
        calls=_calls,
        kinds=STATUS_KINDS,
        read_only=True,
        destructive=False,
        idempotent=True,
    )


def _reads(sections: Iterable[Section]) -> Sequence[Call]:
    return tuple(dict.fromkeys(_READS[section] for section in sections))


def _calls(given: Mapping[str, Any]) -> Sequence[Call]:
    arguments: StatusArguments = checked(StatusArguments, given)
    return _reads(arguments.include)


def _result(sections: Collection[Section], seen: Snapshot, compat: Compat) -> StatusResult:
    failed = seen.failures(compat)
    summary = Summary(ok=len(sections) - len(failed), failed=len(failed))
    result = StatusResult(_msg=status_message(seen), summary=summary, upstream_calls=0)
    if seen.playback is not None and "player" in sections:
        result["player"] = seen.playback.player()
    if seen.playback is not None and "current_track" in sections:
        result["current_track"] = seen.playback.track
    if seen.devices is not None:
        result |= {"devices": seen.devices.slim, "devicesById": seen.devices.by_id}
    if seen.queue is not None:
        result["queue"] = seen.queue
    if failed:
        result["failed"] = failed
    if waits := [failure["retry_after"] for failure in failed.values() if "retry_after" in failure]:
        result["retry_after"] = max(waits)
    return result


def _answer(result: StatusResult, compat: Compat) -> ToolResult:
    summary, failures = result["summary"], list(result.get("failed", {}).values())
    structured = dict(result)
    if compat is Compat.ICEENER and failures:
        # Its callers look here, and know no answer that is whole in parts.
        structured |= {"ok": False, "action": "status", "error": failures[0]["error"], "code": failures[0]["code"]}
        return ToolResult(result["_msg"], structured, is_error=True)
    return ToolResult(result["_msg"], structured, is_error=not summary["ok"])


def _estimate(sections: Collection[Section], errand: Errand) -> ToolResult:
    estimate = errand.estimate(_reads(sections))
    if isinstance(estimate, Miss):
        seen = snapshot_of(dict.fromkeys(sections, estimate), now=errand.now)
        return _answer(_result(sections, seen, errand.compat), errand.compat)
    message = estimate["message"]
    result = StatusResult(_msg=message, summary=Summary(ok=0, failed=0), upstream_calls=0, estimate=dict(estimate))
    return ToolResult(message, dict(result))
