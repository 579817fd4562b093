import pytest
from multidict import CIMultiDict

from gateway.callers import Door, LocalCallers, SettledCallers
from gateway.principal import LOCAL, Principal

LESS = LOCAL._replace(scopes=frozenset({"user-library-read"}))


class Register:
    """Whoever is looked up turns out to have granted little."""

    def __init__(self) -> None:
        self.looked_up = False

    def settled(self, _: Principal) -> bool:
        return self.looked_up

    async def settle(self, _: Principal) -> None:
        self.looked_up = True

    def granted(self, principal: Principal) -> Principal:
        assert self.looked_up
        assert principal == LOCAL
        return LESS


@pytest.mark.parametrize("door", Door)
async def test_a_credential_is_judged_by_the_sign_in_behind_it_asked_or_known(door: Door) -> None:
    callers = SettledCallers(LocalCallers(), Register())
    headers = CIMultiDict[str]()
    assert callers.at_once(headers, door) is None
    assert await callers(headers, door) == LESS
    assert callers.at_once(headers, door) == LESS
