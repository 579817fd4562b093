"""The curated tools of the player: what it does, and what it is to do."""

from tools.player.control import control_tool
from tools.player.status import status_tool

__all__ = ["control_tool", "status_tool"]
