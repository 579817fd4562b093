"""Carries MCP over aiohttp for every protocol revision; knows wires and sessions, nothing about Spotify."""

from tools.transport.caller import Authenticate, Caller, Selections, caller_of, everyone_is_local, principal_of
from tools.transport.config import TransportConfig
from tools.transport.observer import NullObserver, TransportObserver, Wire
from tools.transport.store import NoStore, SessionStore
from tools.transport.transport import PATHS, McpTransport
from tools.transport.versions import advertise

__all__ = [
    "PATHS",
    "Authenticate",
    "Caller",
    "McpTransport",
    "NoStore",
    "NullObserver",
    "Selections",
    "SessionStore",
    "TransportConfig",
    "TransportObserver",
    "Wire",
    "advertise",
    "caller_of",
    "everyone_is_local",
    "principal_of",
]
