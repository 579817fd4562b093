"""What a route is: a path, a handler, whose token and which scopes it needs, and the profiles that serve it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ops.simulator.answers import ApiError
from ops.simulator.config import PROFILES, Profile
from ops.simulator.objects.bodies import Bodies
from ops.simulator.params import read_market
from ops.simulator.people.society import Society
from ops.simulator.people.users import User
from ops.simulator.search.search import SearchIndex
from ops.simulator.wallclock import NOON_S
from ops.simulator.world.world import World

EVERYWHERE: Final[frozenset[Profile]] = frozenset(PROFILES)
BEFORE_FEB_2026: Final[frozenset[Profile]] = EVERYWHERE - {"development"}
"""Routes cut from development mode in February 2026, postponed for older client ids."""

BEFORE_NOV_2024: Final[frozenset[Profile]] = frozenset({"extended_legacy"})
"""Routes left only to applications that had extended access in November 2024."""

CATALOGUE: Final = "catalog-read"
SEARCH: Final = "search"
LIBRARY_READ: Final = "library-read"
LIBRARY_WRITE: Final = "library-write"
PLAYLIST_READ: Final = "playlist-read"
PLAYLIST_WRITE: Final = "playlist-write"
PLAYER_READ: Final = "player-read"
PLAYER_WRITE: Final = "player-write"
USER_READ: Final = "user-read"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Realm:
    """What all handlers share: one world and its users seen through one profile.

    `started` is when the application was made, in seconds of its clock.
    """

    world: World
    index: SearchIndex
    profile: Profile
    bodies: Bodies
    society: Society
    started: float = 0.0


@dataclass(frozen=True, slots=True)
class Ask:
    """One call, validated only by the route's own handler.

    Attributes:
        realm: what all calls share.
        path: variables of the path.
        query: parameters.
        method: HTTP method.
        user: the signed-in user; None for an application token.
        scopes: what the token may do; empty for an application token.
        body: decoded JSON of a route whose body is `json`; None for an empty one and on any other route.
        raw: the body as it was sent.
        now: arrival in seconds of the simulator's clock.
    """

    realm: Realm
    path: Mapping[str, str]
    query: Mapping[str, str]
    method: str = "GET"
    user: User | None = None
    scopes: frozenset[str] = frozenset()
    body: Any = None
    raw: bytes = b""
    now: float = 0.0

    @property
    def wall_s(self) -> float:
        """Arrival in seconds since 1970; see `ops.simulator.wallclock`."""
        return NOON_S + self.now - self.realm.started

    @property
    def me(self) -> User:
        """The signed-in user.

        Raises:
            ApiError: 401 for an application token.
        """
        if self.user is None:
            raise ApiError(401, "Valid user authentication required")
        return self.user

    @property
    def user_id(self) -> str | None:
        """The id of the signed-in user; None for an application token."""
        return None if self.user is None else self.user.id

    @property
    def market(self) -> str | None:
        """The market that the answer is for: the user's country, else the parameter, else none.

        Raises:
            ApiError: 400 for a malformed parameter, even where the country outranks it.
        """
        market = read_market(self.query)
        return market if self.user is None else self.user.country

    @property
    def fields(self) -> Mapping[str, Any]:
        """The members of a JSON object; none when there is no body.

        Raises:
            ApiError: 400 for JSON that is no object.
        """
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise ApiError(400, "Error parsing JSON.")
        return self.body

    def require(self, *scopes: str) -> None:
        """Refuse a token that lacks any of `scopes`.

        Raises:
            ApiError: 403.
        """
        if not self.scopes.issuperset(scopes):
            raise ApiError(403, "Insufficient client scope")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer other than a 200 with JSON; without `json` it has no body."""

    status: int
    json: object = None


Handler = Callable[[Ask], object]
"""Turns a call into a `Reply`, or into the JSON body of a 200; raises `ApiError` for a refusal."""


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    Attributes:
        path: below `/v1`, with its variables in braces.
        handler: what answers.
        profiles: who is served; all others get 403.
        family: day quota that a call counts against.
        method: HTTP method.
        auth: whose token is enough; a user's token is always good too.
        scopes: what a user's token must all be allowed to do, where `auth` is `user`.
        any_of: scopes of which one is enough; empty for no such demand.
        body: what is read of the body; `raw` leaves it undecoded, `none` ignores it.
        etag: whether answers carry an ETag and If-None-Match is honoured.
    """

    path: str
    handler: Handler
    profiles: frozenset[Profile] = field(default=EVERYWHERE)
    family: str = CATALOGUE
    method: str = "GET"
    auth: Literal["app", "user"] = "app"
    scopes: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    body: Literal["none", "json", "raw"] = "none"
    etag: bool = False
