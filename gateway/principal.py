"""Who calls; what a principal may not see never reaches it through a cache or a shared flight."""

from typing import NamedTuple


# A named tuple, because each request looks its caller up: the hash of a dataclass is written in Python.
class Principal(NamedTuple):
    """A caller of the gateway; `id` is stable and holds no secret."""

    id: str


LOCAL = Principal("local")
"""The one caller of a gateway that listens to this machine alone."""
