"""Users: the signed-in one, whom scopes and profile reveal in part, others in public, and what one listens to."""

import random
from collections.abc import Mapping
from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.objects.objects import Json, cut, identity, images
from ops.simulator.objects.works import work
from ops.simulator.paging import Page, repeated
from ops.simulator.params import PAGE, read_choices, read_limit, read_offset
from ops.simulator.people.users import User
from ops.simulator.routes import BEFORE_FEB_2026, USER_READ, Ask, Realm, Route

TOP: Final = 50
RANGES: Final = ("short_term", "medium_term", "long_term")
TOP_KINDS: Final[Mapping[str, str]] = {"artists": "artist", "tracks": "track"}


def get_me(ask: Ask) -> Json:
    """`GET /me`."""
    me = ask.me
    body = {**_public(me.id, name=me.display_name, followers=me.followers), "account_id": me.account_id}
    if "user-read-private" in ask.scopes:
        explicit = {"filter_enabled": False, "filter_locked": False}
        body |= {"country": me.country, "product": me.product, "explicit_content": explicit}
    if "user-read-email" in ask.scopes:
        body["email"] = me.email
    return cut(body, ask.realm.profile)


def get_user(ask: Ask) -> Json:
    """`GET /users/{user_id}`."""
    user_id = ask.path["user_id"]
    name, user = ask.realm.society.name_of(user_id), ask.realm.society.user(user_id)
    if name is None:
        raise ApiError(404, "Resource not found")
    return _public(user_id, name=name, followers=user.followers if user else 0)


def get_top(ask: Ask) -> Json:
    """`GET /me/top/{type}`."""
    kind = TOP_KINDS.get(ask.path["type"])
    if kind is None:
        raise ApiError(400, "Invalid type")
    limit, offset = read_limit(ask.query, PAGE), read_offset(ask.query)
    ranges = read_choices(ask.query, "time_range", choices=RANGES, complaint="Invalid time_range")
    top = _top(ask.realm, ask.me, kind=kind, time_range=ranges[0] if ranges else "medium_term")
    page = Page(f"/me/top/{kind}s", offset, limit, repeated(ask.query, "time_range"))
    return page.body([work(ask, kind, spotify_id=one) for one in top[offset : offset + limit]], total=len(top))


def _top(realm: Realm, user: User, *, kind: str, time_range: str) -> list[str]:
    """The most played, best first: a fixed draw per user and range; free accounts are too new to have any."""
    if user.product == "free":
        return []
    rng = random.Random(f"top:{user.account_id}:{kind}:{time_range}")  # noqa: S311 - repeatable draws are the purpose
    known = realm.world.tracks if kind == "track" else realm.world.artists
    return [known[number].id for number in rng.sample(range(len(known)), TOP)]


def _public(user_id: str, *, name: str, followers: int) -> Json:
    return {
        **identity("user", user_id),
        "display_name": name,
        "followers": {"href": None, "total": followers},
        "images": images(user_id)[1:],
    }


ROUTES: Final = (
    Route("/me", get_me, family=USER_READ, auth="user"),
    Route("/me/top/{type}", get_top, family=USER_READ, auth="user", scopes=("user-top-read",)),
    Route("/users/{user_id}", get_user, BEFORE_FEB_2026),
)
