"""Knows which families a principal has, so that all of them can be ended; none that lives is missing here.

Only who consents or leaves comes here. A look at every check would buy the same, at a third look-up each.
"""

from typing import Final

from gateway.auth.vault import Vault, VaultError
from gateway.oauth.families import Families

_KIND: Final = "families"
_MOST: Final = 64
"""Families that one principal may have: programs that it allowed, each as often as it did."""

_TRIES: Final = 50


class Households:
    """The families of each principal.

    Args:
        vault: Keeps their names.
        families: Has the families themselves.
        keep_s: How long a family can live at most.
    """

    def __init__(self, vault: Vault, families: Families, *, keep_s: float) -> None:
        self._vault = vault
        self._families = families
        self._keep_s = keep_s

    async def join(self, principal_id: str, family: str) -> None:
        """Note a family that was begun; where there are too many, the oldest ends.

        Raises:
            VaultError: It is not noted, so nobody must be told of the family.
        """
        for _ in range(_TRIES):
            before = await self._vault.get(_KIND, principal_id)
            names = await self._room_for_one(_names_of(before))
            after = _text_of([*names, family])
            if await self._vault.swap(_KIND, principal_id, after, expected=before, ttl_s=self._keep_s):
                return
        raise VaultError("too much is going on with one principal; try again")

    async def end(self, principal_id: str) -> tuple[str, ...]:
        """End all families of a principal, and return their names.

        Raises:
            VaultError: Some may still be alive. They stay noted, so trying again helps.
        """
        for _ in range(_TRIES):
            before = await self._vault.get(_KIND, principal_id)
            names = _names_of(before)
            for name in names:
                await self._families.end(name)
            # Names go last, and only if none has joined: that one is ended in the next turn.
            if before is None or await self._vault.swap(_KIND, principal_id, None, expected=before):
                return tuple(names)
        raise VaultError("too much is going on with one principal; try again")

    async def _room_for_one(self, names: list[str]) -> list[str]:
        if len(names) < _MOST:
            return names
        living = [name for name in names if await self._families.lives(name)]
        # The oldest come first.
        surplus = len(living) - _MOST + 1
        for name in living[: max(0, surplus)]:
            await self._families.end(name)
        return living[max(0, surplus) :]


def _names_of(kept: bytes | None) -> list[str]:
    return [] if kept is None else kept.decode().split()


def _text_of(names: list[str]) -> bytes:
    return " ".join(names).encode()
