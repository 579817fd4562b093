"""Who has signed in, and what becomes of it; what the pages need of the rest of the gateway."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NamedTuple

from gateway.auth.sign_in import SignIn


class Identity(NamedTuple):
    """A Spotify user.

    Attributes:
        account_key: What names the account for good.
        user_id: The user's id.
        user_name: The name to show; may be empty.
    """

    account_key: str
    user_id: str
    user_name: str


Identify = Callable[[SignIn], Awaitable[Identity]]
"""Asks Spotify whose sign-in it is; may raise any `SpotifyError`."""

Adopt = Callable[[str, SignIn], Awaitable[None]]
"""Keeps the sign-in of a principal id from now on; may raise `UpstreamUnavailableError`."""

Kept = Callable[[str], Awaitable[SignIn | None]]
"""Returns the sign-in of a principal id, None if there is none; may raise `UpstreamUnavailableError`."""


def named(sign_in: SignIn, identity: Identity) -> SignIn:
    """Return `sign_in` with the name of its user."""
    return replace(sign_in, user_id=identity.user_id, user_name=identity.user_name)
