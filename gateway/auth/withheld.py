"""What a user has granted the gateway, but not to the program that calls: it must get nothing of that.

The gateway has one token for each user, with all that the user has granted on account of any program. Where
Spotify tells by the token what to do or to show, it would therefore give one program what was allowed to another.
Calls that need a scope are refused by `gateway.auth.scopes`; this is about those that do more with it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

from gateway.endpoint import Auth, Endpoint, ScopeRule

_PAIR: Final = frozenset({"playlist-modify-public", "playlist-modify-private"})

_SHOWN_BY: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "get-current-users-profile": {
            "user-read-email": ("email",),
            "user-read-private": ("country", "product", "explicit_content"),
        }
    }
)
"""The members of an answer that it has by a scope, by the endpoint's id."""


def withheld(
    endpoint: Endpoint, *, granted: frozenset[str] | None, allowed: frozenset[str] | None
) -> frozenset[str]:
    """Return the scopes of `endpoint` that the user's token carries, and that the program may not use.

    Args:
        endpoint: What is called.
        granted: What the user has granted the gateway; None if that is not known, and then it may be everything.
        allowed: What the program may use of it; None: all.
    """
    if allowed is None or not endpoint.scopes:
        return frozenset()
    held = frozenset(endpoint.scopes) - allowed
    return held if granted is None else held & granted


def barred(endpoint: Endpoint, held: frozenset[str]) -> tuple[str, ...]:
    """Return what a program must be allowed before a call in the user's name; `held` is what is `withheld`.

    Which playlists are private is known to Spotify only, and the token may change, or list, both kinds.
    """
    match endpoint.scope_rule:
        case ScopeRule.ONE:
            return tuple(scope for scope in endpoint.scopes if scope in held & _PAIR)
        case ScopeRule.OBJECT if endpoint.auth is Auth.USER and endpoint.id not in _SHOWN_BY:
            return tuple(scope for scope in endpoint.scopes if scope in held)
        case _:
            return ()


def as_anybody(endpoint: Endpoint, held: frozenset[str]) -> bool:
    """Tell whether a program gets what the app itself may read, as it must not see what the user's token shows."""
    return bool(held) and endpoint.scope_rule is ScopeRule.OBJECT and endpoint.auth is Auth.EITHER


def shown(endpoint: Endpoint, body: bytes, held: frozenset[str]) -> bytes:
    """Return an answer without the members that it has by a scope that is `withheld`."""
    by_scope = _SHOWN_BY.get(endpoint.id, {})
    hidden = {member for scope, members in by_scope.items() if scope in held for member in members}
    if not hidden or not body:
        return body
    document: Any = orjson.loads(body)
    return orjson.dumps({member: value for member, value in document.items() if member not in hidden})
