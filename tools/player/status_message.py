"""Words about a status: what plays where, the devices with their ids, what failed, and what to do next."""

from gateway.errors import whole_seconds
from tools.compat import Compat
from tools.inline import inline
from tools.player.sections import Device, Queue
from tools.player.snapshot import Snapshot

_PREVIEW_LINES = 20


def status_message(seen: Snapshot) -> str:
    """Return the message of a status."""
    lines = [] if seen.playback is None else [seen.playback.sentence()]
    if seen.devices is not None:
        willing = seen.devices.willing
        listed = [_device(device, takes_commands=device in willing) for device in seen.devices.slim]
        lines += ["Devices:", *listed] if listed else ["There are no devices."]
    if seen.queue is not None:
        lines += _queue(seen.queue)
    return "\n".join([*lines, *_failures(seen), *_next_steps(seen)])


def _device(device: Device, *, takes_commands: bool) -> str:
    volume = device.get("volume_percent")
    facts = [
        *filter(None, [device["type"]]),
        *(["active"] if device["is_active"] else []),
        *([] if volume is None else [f"volume {volume}%"]),
        *([] if takes_commands else ["takes no commands"]),
    ]
    return f"- {inline(device['name'])} ({', '.join(facts)}) — {device['id'] or 'no id'}"


def _queue(queue: Queue) -> list[str]:
    items = [queue["byId"][one] for one in queue["next_ids"]]
    if not items:
        return ["Nothing is queued."]
    lines = [f"- {inline(item['name'])} — {item['uri']}" for item in items[:_PREVIEW_LINES]]
    more = len(items) - len(lines)
    return ["Next:", *lines, *([f"  … and {more} more in queue"] if more > 0 else [])]


def _failures(seen: Snapshot) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for section, (error, _) in seen.errors.items():
        # The codes are the errors' own, whichever of them a caller's tradition knows.
        reasons.setdefault(f"{error.code}: {error.message}", []).append(section)
    return [f"Failed: {', '.join(sections)} — {reason}" for reason, sections in reasons.items()]


def _next_steps(seen: Snapshot) -> list[str]:
    steps = _repair(seen)
    if seen.is_idle:
        return [*steps, _wake(seen)]
    if steps:
        return steps
    if seen.playback is None and seen.devices is None:
        return ["spotify_control adds to the queue with queue, and skips to the next with next."]
    return ["spotify_control acts on the active device; transfer moves playback to another device_id."]


def _repair(seen: Snapshot) -> list[str]:
    """Return what to do about sections that failed."""
    failures = seen.failures(Compat.SEED).values()
    if waits := [failure["retry_after"] for failure in failures if "retry_after" in failure]:
        return [
            f"Wait {whole_seconds(max(waits))} s, then ask for the failed sections only; sooner is refused again."
        ]
    if any(failure["code"] == "unauthorized" for failure in failures):
        return ["Sign in as the error says, then call again."]
    if any(failure["code"] == "forbidden" for failure in failures):
        return ["Another try changes nothing until what the errors name is mended."]
    return ["Ask again for the failed sections only."] if failures else []


def _wake(seen: Snapshot) -> str:
    """Return how to get an active device."""
    if seen.devices is None:
        return (
            'No device is active: call again with include ["devices"], then spotify_control with action transfer '
            "and a device_id."
        )
    if not seen.devices.willing:
        return "No device is active, and none takes commands: open Spotify on one, then call again."
    device = seen.devices.willing[0]
    return (
        f"No device is active: call spotify_control with action transfer and device_id {device['id']} "
        f"({inline(device['name'])}), or another one of the list."
    )
