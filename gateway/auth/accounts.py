"""The border between calls and identity: in whose name a principal's calls are made, and what they may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.auth.tokens import TokenProvider
from gateway.principal import Principal


@dataclass(frozen=True, slots=True)
class Account:
    """A Spotify user's consent, as calls use it.

    Attributes:
        name: Whose answers they are, in cache and limiter; another consent, another name. Holds no secret.
        tokens: Where its access tokens come from.
        scopes: What the user has granted; None if that is not known.
        trusted: Whether Spotify has accepted its token before. Until then nothing is answered that was not read
            with that very token, not even what is everybody's.
    """

    name: str
    tokens: TokenProvider
    scopes: frozenset[str] | None = None
    trusted: bool = True


class Accounts(Protocol):
    """Knows who has signed in."""

    def of(self, principal: Principal) -> Account | None:
        """Return the account of `principal` as far as is known here; None if there is none, or it is not known."""
        ...

    def settled(self, principal: Principal) -> bool:
        """Tell, within microseconds, whether `of` may be believed.

        It is if it was looked up in the last seconds, which is how long a sign-out elsewhere may go unnoticed.
        """
        ...

    async def settle(self, principal: Principal) -> None:
        """Look `principal` up, so that `of` may be believed.

        Raises:
            UpstreamUnavailableError: What is kept of sign-ins cannot be reached.
        """
        ...

    def invite(self, principal: Principal, scopes: Sequence[str]) -> str:
        """Return how `principal` signs in, or grants `scopes` besides what it has.

        It is one sentence for people and agents, with the address to open if there is one. It takes microseconds.
        """
        ...
