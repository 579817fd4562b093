"""Who calls; what a principal may not see never reaches it through a cache or a shared flight."""

from typing import NamedTuple


# A named tuple, because each request looks its caller up: the hash of a dataclass is written in Python.
class Principal(NamedTuple):
    """A caller of the gateway; nothing of it is secret.

    Attributes:
        id: Stable name of whoever it is.
        client: The program that acts for it, where one had to introduce itself; two programs of one person do not
            share MCP sessions.
        scopes: What its credential allows at most, in Spotify's names; None: all that the user has granted.
    """

    id: str
    client: str = ""
    scopes: frozenset[str] | None = None


LOCAL = Principal("local")
"""The one caller of a gateway that listens to this machine alone."""
