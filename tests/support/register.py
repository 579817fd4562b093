"""A register of everybody, from which some are missing."""

from gateway.errors import UpstreamUnavailableError
from gateway.principal import Principal


class Register:
    """Knows everybody but those who are `gone`, once somebody has looked; cannot be asked while it is `down`."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.down = False
        self.looked = 0
        self._present: set[str] = set()
        self._absent: set[str] = set()

    def of(self, principal: Principal) -> object | None:
        return principal if principal.id in self._present else None

    def settled(self, principal: Principal) -> bool:
        return principal.id in self._present | self._absent

    async def settle(self, principal: Principal) -> None:
        self.looked += 1
        if self.down:
            raise UpstreamUnavailableError("What is kept of sign-ins cannot be reached")
        self.learn(principal.id)

    def learn(self, principal_id: str) -> None:
        """Find out now whether somebody is gone."""
        gone = principal_id in self.gone
        for there, those in ((not gone, self._present), (gone, self._absent)):
            (those.add if there else those.discard)(principal_id)
