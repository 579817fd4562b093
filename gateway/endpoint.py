"""One Spotify operation as data; everything else that the gateway knows of it is derived from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from cache import CachePolicy
from gateway.rules import Rule
from limiter import Priority

Kind = Literal[
    "boolean",
    "id",
    "ids",
    "integer",
    "jpeg",
    "market",
    "number",
    "occurrences",
    "position",
    "stamps",
    "text",
    "uri",
    "uris",
    "word",
    "words",
]
"""Shapes of a parameter; `gateway.values` has a converter for each."""

Place = Literal["query", "body", "either"]
"""Where a parameter travels; what may come in either place is sent in the body."""


class Profile(StrEnum):
    """What Spotify lets a client id do; it differs by quota mode and by when the id was made.

    `AUTO` stands for an unknown one.
    """

    AUTO = "auto"
    EXTENDED_LEGACY = "extended_legacy"
    EXTENDED = "extended"
    DEVELOPMENT_LEGACY = "development_legacy"
    DEVELOPMENT = "development"


class Auth(StrEnum):
    """Whose token a call carries.

    `APP`: the app's, so that the answer is everybody's. `USER`: the signed-in user's. `EITHER`: the user's if
    there is one. `MARKET`: the app's if a market is named, otherwise as `EITHER`; without either, Spotify treats
    shows, episodes and the like as not available.
    """

    APP = "app"
    USER = "user"
    EITHER = "either"
    MARKET = "market"


class ScopeRule(StrEnum):
    """Which of an endpoint's scopes a call cannot do without.

    `ALL`: each of them. `OBJECT`: that depends on what is asked for, or the answer merely holds less. `ONE`: one
    of those that change playlists, and each of the others; which one depends on the playlist. `PUBLIC`: of those
    that change playlists the one for what `public` says. `URIS`: those of the kinds that `uris` names.
    """

    ALL = "all"
    OBJECT = "object"
    ONE = "one"
    PUBLIC = "public"
    URIS = "uris"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter of an operation, with the range that Spotify's reference documents.

    Attributes:
        name: Name in the path, the query or the body.
        kind: Shape of the value.
        about: One sentence for people and agents.
        required: Whether a call without it is refused.
        place: Where it travels, unless the path names it.
        minimum: Smallest number.
        maximum: Largest number; for lists the largest number of members.
        default: What leaving it out means in every profile; that value is not sent, so that saying it and
            leaving it out is one call. None where it differs between profiles.
        empty: Whether a list may have no members, or a text no characters.
        choices: The words that a list or a text may hold; empty means any.
    """

    name: str
    kind: Kind
    about: str
    required: bool = False
    place: Place = "query"
    minimum: float = 0
    maximum: float | None = None
    default: int | None = None
    empty: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paged:
    """The profile takes a smaller `limit`: a larger one becomes several pages of `maximum`."""

    maximum: int

    @property
    def label(self) -> str:
        """What a table says of it."""
        return f"pages of {self.maximum}"


@dataclass(frozen=True, slots=True)
class FanOut:
    """The profile lost the batch read: its ids become reads of `endpoint_id`, answered under `field`.

    If its members are `whole`, a batch says of each what a single read says, so that one can stand for the other.
    """

    endpoint_id: str
    field: str
    whole: bool = True

    @property
    def label(self) -> str:
        """What a table says of it."""
        return "single reads"


@dataclass(frozen=True, slots=True)
class Library:
    """The profile lost the route: its ids become URIs of `kind` for `endpoint_id`, in chunks that it takes.

    An empty `kind` means that the caller says it, as `type`. `ids` names the parameter that holds the ids.
    """

    endpoint_id: str
    kind: str = ""
    ids: str = "ids"

    @property
    def label(self) -> str:
        """What a table says of it."""
        return "as library"


@dataclass(frozen=True, slots=True)
class Renamed:
    """The profile has the operation as `endpoint_id`, where a playlist's `track` is an `item`."""

    endpoint_id: str

    @property
    def label(self) -> str:
        """What a table says of it."""
        return "as items"


@dataclass(frozen=True, slots=True)
class Reshaped:
    """The profile answers a playlist in the newer shape; a caller whose `fields` name the older one gets that."""

    @property
    def label(self) -> str:
        """What a table says of it."""
        return "new shape"


@dataclass(frozen=True, slots=True)
class Own:
    """The profile has it for the signed-in user only, as `endpoint_id`; `instead` is for other users."""

    endpoint_id: str
    instead: str

    @property
    def label(self) -> str:
        """What a table says of it."""
        return "own only"


@dataclass(frozen=True, slots=True)
class Removed:
    """The profile cannot have it at all; `instead` names what a caller may do."""

    instead: str

    @property
    def label(self) -> str:
        """What a table says of it."""
        return "refused"


Emulation = Paged | FanOut | Library | Renamed | Reshaped | Own | Removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Objects inside an answer that are, wholly or in part, answers of a single read.

    Attributes:
        endpoint_id: The single read; its only needed parameter is `id`.
        at: Where they lie, as `albums.items[].artists[]`: member names, with `[]` after the name of a list.
        whole: Whether such an object has every field that the single read would answer.
        marks: Fields by which a whole object is known; one without all of them is judged as a part.
        unplaced: Fields that a whole object does not have once a market is named.
        extra: Fields that stand in this answer only, and are left out.
    """

    endpoint_id: str
    at: str
    whole: bool = False
    marks: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One declared operation of the Web API.

    Attributes:
        id: Name in metrics, errors and logs; from a closed set.
        path: Template below the API's base, with `{name}` for path parameters.
        summary: What it does, in one line.
        family: Quota family that it is counted in.
        params: What it takes.
        cache: How long its answers may be kept.
        method: HTTP method.
        auth: Whose token it carries.
        scopes: What the user may have to have granted.
        scope_rule: Which of the scopes are needed for certain.
        success: Status of an answer that we put together.
        rules: What holds between parameters.
        tags: Parts of a user's account that the answer depends on.
        invalidates: Parts of a user's account that it changes.
        repeatable: Whether a copy of a call that got lost does no harm.
        priority: How urgent a call is whose caller does not say.
        own_limit: Whether Spotify limits it by itself, so that a 429 here says nothing about other calls.
        emulation: What takes its place where a profile does not serve it as documented.
        fills: Single reads that its answer saves.
    """

    id: str
    path: str
    summary: str
    family: str
    params: tuple[Param, ...]
    cache: CachePolicy
    method: str = "GET"
    auth: Auth = Auth.APP
    scopes: tuple[str, ...] = ()
    scope_rule: ScopeRule = ScopeRule.ALL
    success: int = 200
    rules: tuple[Rule, ...] = ()
    tags: tuple[str, ...] = ()
    invalidates: tuple[str, ...] = ()
    repeatable: bool = True
    priority: Priority = Priority.INTERACTIVE
    own_limit: bool = False
    emulation: Mapping[Profile, Emulation] = field(default_factory=dict)
    fills: tuple[Fill, ...] = ()

    def param(self, name: str) -> Param | None:
        """Return the parameter of that name, or None."""
        return next((param for param in self.params if name == param.name), None)

    @property
    def bare_list(self) -> Param | None:
        """The one list that a body may consist of, without its name; Spotify takes that, and spotipy sends it."""
        lists = [param for param in self.params if param.kind in {"ids", "uris"} and param.place == "either"]
        return lists[0] if len(lists) == 1 else None

    @property
    def takes_body(self) -> bool:
        """Whether a call may have a body."""
        return any(param.place != "query" for param in self.params)
