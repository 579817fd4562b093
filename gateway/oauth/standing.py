"""Whether users' sign-ins with Spotify still stand, on which all that is issued rests; in doubt they do."""

from gateway.callers import Register
from gateway.errors import SpotifyError
from gateway.principal import Principal


class Standing:
    """What is asked of a principal besides a good token.

    Args:
        register: Knows who has signed in.
    """

    def __init__(self, register: Register) -> None:
        self._register = register

    def is_known(self, principal: Principal) -> bool:
        """Tell whether the sign-in of `principal` is known to stand; False says nothing. It takes microseconds."""
        return self._register.settled(principal) and self._register.of(principal) is not None

    async def holds(self, principal: Principal) -> bool:
        """Tell whether the sign-in of `principal` stands, or cannot be asked about."""
        if self.is_known(principal):
            return True
        try:
            # Even if it was looked up a second ago: the user may have signed in by another process since then.
            await self._register.settle(principal)
        except SpotifyError:
            return True
        return self._register.of(principal) is not None
