"""Who has signed in, and what becomes of it; what the pages need of the rest of the gateway."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NamedTuple, Protocol

from gateway.auth.sign_in import SignIn
from gateway.principal import Principal


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


class SignIns(Protocol):
    """What is kept of users' sign-ins; all of it may raise `UpstreamUnavailableError`."""

    async def kept(self, principal: Principal) -> SignIn | None:
        """Return the sign-in of `principal`, if there is one."""
        ...

    async def adopt(self, principal: Principal, sign_in: SignIn) -> None:
        """Keep `sign_in` in the place of whatever `principal` had."""
        ...

    async def forget(self, principal: Principal) -> bool:
        """Sign `principal` out; tell whether there was anything."""
        ...


def named(sign_in: SignIn, identity: Identity) -> SignIn:
    """Return `sign_in` with the name of its user."""
    return replace(sign_in, user_id=identity.user_id, user_name=identity.user_name)
