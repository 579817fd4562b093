"""Ports for servers whose address has to be known before they start."""

import socket
from contextlib import suppress
from random import SystemRandom

# Below those that the system gives to connections by itself: one of another test could take such a port meanwhile.
# What Redis adds to its port in a cluster (10,000) lies beyond them, and is a port still.
_PORTS = range(10_000, 20_000)


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    for port in SystemRandom().sample(_PORTS, 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("none of a hundred ports is free")
