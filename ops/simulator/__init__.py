"""A strict fake Spotify to judge clients by; it shares no code with the gateway, so it cannot share its errors."""

from ops.simulator.accounts.desk import TOKEN_DESK
from ops.simulator.app import create_app
from ops.simulator.calls import CALL_LOG
from ops.simulator.config import SimulatorConfig
from ops.simulator.faults import Fault, parse_faults
from ops.simulator.world.world import World

__all__ = ["CALL_LOG", "TOKEN_DESK", "Fault", "SimulatorConfig", "World", "create_app", "parse_faults"]
