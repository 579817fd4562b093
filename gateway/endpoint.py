"""One Spotify operation as data; everything else that the gateway knows of it is derived from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from cache import CachePolicy

Kind = Literal["string", "integer", "csv", "id", "ids", "market"]
"""Shapes of a parameter: free text, whole number, list of enumerated words, one Spotify id, list of ids,
ISO 3166-1 alpha-2 country."""


class Profile(StrEnum):
    """What Spotify lets a client id do; it differs by quota mode and by when the id was made.

    `AUTO` stands for an unknown one and is treated as the most restricted.
    """

    AUTO = "auto"
    EXTENDED_LEGACY = "extended_legacy"
    EXTENDED = "extended"
    DEVELOPMENT_LEGACY = "development_legacy"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter of an operation, with the range that Spotify's reference documents.

    Attributes:
        name: Name in the path or the query.
        kind: Shape of the value.
        required: Whether a call without it is refused.
        minimum: Smallest number.
        maximum: Largest number; for lists the largest number of members.
        default: What leaving it out means in every profile; that value is not sent, so that saying it and
            leaving it out is one call. None where it differs between profiles.
        choices: The words that a list or a text may hold; empty means any.
        about: One sentence for people and agents.
    """

    name: str
    kind: Kind
    about: str
    required: bool = False
    minimum: int = 0
    maximum: int | None = None
    default: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paged:
    """The profile takes a smaller `limit`: a larger one becomes several pages of `maximum`."""

    maximum: int


@dataclass(frozen=True, slots=True)
class FanOut:
    """The profile lost the batch read: its ids become reads of `endpoint_id`, answered under `field`."""

    endpoint_id: str
    field: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The profile cannot have it at all; `instead` names what a caller may do."""

    instead: str


Emulation = Paged | FanOut | Removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One declared operation of the Web API.

    Attributes:
        id: Name in metrics, errors and logs; from a closed set.
        path: Template below the API's base, with `{name}` for path parameters.
        family: Quota family that it is counted in.
        cache: How long its answers may be kept.
        emulation: What takes its place where a profile does not serve it as documented.
    """

    id: str
    path: str
    summary: str
    family: str
    cache: CachePolicy
    params: tuple[Param, ...]
    emulation: Mapping[Profile, Emulation] = field(default_factory=dict)
    method: str = "GET"

    def param(self, name: str) -> Param | None:
        """Return the parameter of that name, or None."""
        return next((param for param in self.params if name == param.name), None)
