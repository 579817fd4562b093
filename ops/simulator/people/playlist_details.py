"""What the owner says about a playlist: read from a body, and never public and collaborative at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ops.simulator.answers import ApiError

KINDS: Final[Mapping[str, type]] = {"name": str, "description": str, "public": bool, "collaborative": bool}


@dataclass(frozen=True, slots=True)
class Details:
    """Everything about a playlist that its owner writes."""

    name: str
    description: str = ""
    public: bool = True
    collaborative: bool = False


def read_details(fields: Mapping[str, Any], *, before: Details | None) -> Details:
    """The details after a body is applied to those of before; None stands for a playlist yet to be made.

    Raises:
        ApiError: 400 for a missing name, a value of the wrong type, or a public collaborative playlist.
    """
    given = {name: fields[name] for name in KINDS if fields.get(name) is not None}
    for name, value in given.items():
        if not isinstance(value, KINDS[name]):
            raise ApiError(400, f"Invalid field: {name}")
    if before is None and "name" not in given:
        raise ApiError(400, "Missing required field: name")
    old = before or Details("")
    details = Details(
        given.get("name", old.name),
        given.get("description", old.description),
        given.get("public", old.public),
        given.get("collaborative", old.collaborative),
    )
    if not details.name.strip():
        raise ApiError(400, "Invalid field: name")
    if details.public and details.collaborative:
        raise ApiError(400, "Collaborative playlists can not be public")
    return details
