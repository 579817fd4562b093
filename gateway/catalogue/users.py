"""Users, what they listen to most, and whom they follow."""

from functools import partial

from gateway.catalogue.fills import artists, tracks
from gateway.catalogue.policies import HOURLY, LIMIT_20, LIVE, OFFSET, OWN, PROFILE, SLOW, in_library, item_ids
from gateway.endpoint import Auth, Endpoint, Own, Param, Profile, ScopeRule

USER_ID = Param(name="user_id", kind="text", required=True, about="Id of the user, as in the profile's URI.")
FOLLOWED = Param(
    name="type",
    kind="word",
    required=True,
    choices=("artist", "user"),
    about="Whether ids are of artists or users.",
)
_OTHERS = "only the signed-in user's profile can be read; names of others stand in the playlists they own"

_write = partial(
    Endpoint,
    family="library-write",
    cache=LIVE,
    auth=Auth.USER,
    scopes=("user-follow-modify",),
    success=204,
    invalidates=("library",),
)
_follows = partial(
    Endpoint, family="library-read", cache=OWN, auth=Auth.USER, scopes=("user-follow-read",), tags=("library",)
)

USERS = (
    Endpoint(
        id="get-current-users-profile",
        path="/me",
        summary="The signed-in user's profile",
        family="user-read",
        cache=PROFILE,
        auth=Auth.USER,
        scopes=("user-read-private", "user-read-email"),
        # Without them the profile has fewer fields.
        scope_rule=ScopeRule.OBJECT,
        tags=("profile",),
        params=(),
    ),
    Endpoint(
        id="get-users-profile",
        path="/users/{user_id}",
        summary="A user's public profile",
        family="catalog-read",
        cache=SLOW,
        params=(USER_ID,),
        emulation={Profile.DEVELOPMENT: Own("get-current-users-profile", _OTHERS)},
    ),
    Endpoint(
        id="get-users-top-artists-and-tracks",
        path="/me/top/{type}",
        summary="What the user listens to most",
        family="user-read",
        cache=HOURLY,
        auth=Auth.USER,
        scopes=("user-top-read",),
        tags=("profile",),
        params=(
            Param(name="type", kind="word", required=True, choices=("artists", "tracks"), about="What to list."),
            Param(
                name="time_range",
                kind="word",
                choices=("long_term", "medium_term", "short_term"),
                about="About a year, six months, or four weeks.",
            ),
            LIMIT_20,
            OFFSET,
        ),
        fills=(*tracks("items[]"), *artists("items[]")),
    ),
    _follows(
        id="get-followed",
        path="/me/following",
        summary="Artists that the user follows",
        params=(
            Param(
                name="type", kind="word", required=True, choices=("artist",), about="Spotify lists artists only."
            ),
            Param(name="after", kind="text", about="Id of the last artist of the page before."),
            LIMIT_20,
        ),
        fills=artists("artists.items[]"),
    ),
    _write(
        id="follow-artists-users",
        path="/me/following",
        method="PUT",
        summary="Follow artists or users",
        params=(FOLLOWED, item_ids("artists or users", 50, kind="words", place="either")),
        emulation=in_library("save-library-items"),
    ),
    _write(
        id="unfollow-artists-users",
        path="/me/following",
        method="DELETE",
        summary="Stop following artists or users",
        params=(FOLLOWED, item_ids("artists or users", 50, kind="words", place="either")),
        emulation=in_library("remove-library-items"),
    ),
    _follows(
        id="check-current-user-follows",
        path="/me/following/contains",
        summary="Whether the user follows artists or users",
        params=(FOLLOWED, item_ids("artists or users", 50, kind="words")),
        emulation=in_library("check-library-contains"),
    ),
)
