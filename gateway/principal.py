"""Who calls; what a principal may not see never reaches it through a cache or a shared flight."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller of the gateway; `id` is stable and holds no secret."""

    id: str


LOCAL = Principal("local")
"""The one caller of a gateway that listens to this machine alone."""
