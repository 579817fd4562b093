"""The curated tools of the player: what it does, and what it is to do."""

from tools.player.control import CONTROL_KINDS, control_tool
from tools.player.status import STATUS_KINDS, status_tool

__all__ = ["CONTROL_KINDS", "STATUS_KINDS", "control_tool", "status_tool"]
