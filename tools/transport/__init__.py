"""Carries MCP over aiohttp for every protocol revision; knows wires and sessions, nothing about Spotify."""

from tools.transport.caller import Caller, Owner, Selections, caller_of, principal_of
from tools.transport.config import TransportConfig
from tools.transport.observer import NullObserver, TransportObserver, Wire
from tools.transport.step_up import Entitlements, NoEntitlements
from tools.transport.store import NoStore, SessionStore
from tools.transport.transport import PATHS, McpTransport
from tools.transport.versions import advertise

__all__ = [
    "PATHS",
    "Caller",
    "Entitlements",
    "McpTransport",
    "NoEntitlements",
    "NoStore",
    "NullObserver",
    "Owner",
    "Selections",
    "SessionStore",
    "TransportConfig",
    "TransportObserver",
    "Wire",
    "advertise",
    "caller_of",
    "principal_of",
]
