"""Why a player command is refused: every reason of the official object model, with its status and words."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from ops.simulator.answers import ApiError

Reason = Literal[
    "NO_PREV_TRACK",
    "NO_NEXT_TRACK",
    "NO_SPECIFIC_TRACK",
    "ALREADY_PAUSED",
    "NOT_PAUSED",
    "NOT_PLAYING_LOCALLY",
    "NOT_PLAYING_TRACK",
    "NOT_PLAYING_CONTEXT",
    "ENDLESS_CONTEXT",
    "CONTEXT_DISALLOW",
    "ALREADY_PLAYING",
    "RATE_LIMITED",
    "REMOTE_CONTROL_DISALLOW",
    "DEVICE_NOT_CONTROLLABLE",
    "VOLUME_CONTROL_DISALLOW",
    "NO_ACTIVE_DEVICE",
    "PREMIUM_REQUIRED",
    "UNKNOWN",
]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)

# Only the last three of these were ever quoted from life; the other words paraphrase the documentation.
_WORDS: Final[Mapping[Reason, str]] = {
    "NO_PREV_TRACK": "No previous track",
    "NO_NEXT_TRACK": "No next track",
    "NO_SPECIFIC_TRACK": "Track not found",
    "ALREADY_PAUSED": "Already paused",
    "NOT_PAUSED": "Not paused",
    "NOT_PLAYING_LOCALLY": "Not playing locally",
    "NOT_PLAYING_TRACK": "Not playing a track",
    "NOT_PLAYING_CONTEXT": "Not playing a context",
    "ENDLESS_CONTEXT": "Not possible in an endless context",
    "CONTEXT_DISALLOW": "Not possible in this context",
    "ALREADY_PLAYING": "Already playing",
    "RATE_LIMITED": "Too many plays in a short time",
    "REMOTE_CONTROL_DISALLOW": "Remote control is not allowed",
    "DEVICE_NOT_CONTROLLABLE": "Device cannot be controlled",
    "VOLUME_CONTROL_DISALLOW": "Cannot control device volume",
    "NO_ACTIVE_DEVICE": "No active device found",
    "PREMIUM_REQUIRED": "Premium required",
    "UNKNOWN": "Restriction violated",
}


def refused(reason: Reason) -> ApiError:
    """The refusal of a command; all are 403 but the one for want of a device."""
    status = 404 if reason == "NO_ACTIVE_DEVICE" else 403
    return ApiError(status, f"Player command failed: {_WORDS[reason]}", reason=reason)
