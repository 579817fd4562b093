"""Says which process loads a key; a claim ends soon after its process dies, and never stops a load for long."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cache.shared.config import SharedConfig
from cache.shared.lane import UNANSWERED, Lane
from cache.shared.link import Command
from cache.shared.names import Names
from cache.tasks import Tasks

# One key each, so they run anywhere. The text goes along every time: a script known by its sum may be missing.
RENEW: Final = "return redis.call('GET',KEYS[1])==ARGV[1] and redis.call('PEXPIRE',KEYS[1],ARGV[2]) or 0"
RELEASE: Final = "return redis.call('GET',KEYS[1])==ARGV[1] and redis.call('DEL',KEYS[1]) or 0"

_RENEWALS: Final = 3
"""Within one lease, so that a renewal may get lost."""


@dataclass(frozen=True, slots=True)
class _Claim:
    name: bytes
    token: str
    since: float


class Claims:
    """Claims of this process.

    Args:
        names: Of the namespace.
        writes: Carries commands.
        fresh: Makes texts that no process made before.
        config: Times.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        names: Names,
        writes: Lane[Command],
        *,
        fresh: Callable[[], str],
        config: SharedConfig,
        clock: Callable[[], float],
    ) -> None:
        self._names = names
        self._writes = writes
        self._fresh = fresh
        self._config = config
        self._clock = clock
        self._held: dict[str, _Claim] = {}
        self._tasks = Tasks()
        self._renewing: asyncio.Task[None] | None = None
        self._closed = False

    async def claim(self, key: str) -> bool:
        """See `Store.claim`. A process that has a claim does not get a second one of the same key."""
        claim = _Claim(self._names.claim(key), self._fresh(), self._clock())
        asked = self._tasks.start(self._ask(claim), name="cache.shared.claim")
        try:
            granted = await asyncio.shield(asked)
        except asyncio.CancelledError:
            # The claim may be made all the same, and nobody would ever release it.
            self._tasks.start(self._undo(asked, claim), name="cache.shared.unclaim")
            raise
        if granted and not self._closed:
            self._hold(key, claim)
        return granted

    async def release(self, key: str) -> None:
        """See `Store.release`."""
        claim = self._held.pop(key, None)
        if claim is not None:
            await self._give_back(claim)

    async def close(self) -> None:
        """Give back what is held, and end what is under way."""
        self._closed = True
        await asyncio.gather(*(self.release(key) for key in tuple(self._held)))
        await self._tasks.close()

    async def _ask(self, claim: _Claim) -> bool:
        lease_ms = int(self._config.lease_s * 1000)
        made = await self._writes.ask(("SET", claim.name, claim.token, "NX", "PX", lease_ms))
        # Also where nobody can tell: two loads cost less than none.
        return made is UNANSWERED or isinstance(made, Exception) or bool(made)

    async def _undo(self, asked: "asyncio.Task[bool]", claim: _Claim) -> None:
        if await asked:
            await self._give_back(claim)

    async def _give_back(self, claim: _Claim) -> None:
        await self._writes.ask(("EVAL", RELEASE, 1, claim.name, claim.token))

    def _hold(self, key: str, claim: _Claim) -> None:
        self._held[key] = claim
        if self._renewing is None or self._renewing.done():
            self._renewing = self._tasks.start(self._renew(), name="cache.shared.renew")

    async def _renew(self) -> None:
        while self._held:
            await asyncio.sleep(self._config.lease_s / _RENEWALS)
            oldest = self._clock() - self._config.claim_most_s
            held = [(key, claim) for key, claim in self._held.items() if claim.since > oldest]
            self._held = dict(held)
            replies = await asyncio.gather(*(self._renew_one(claim) for _, claim in held))
            for (key, claim), reply in zip(held, replies, strict=True):
                if reply == 0 and self._held.get(key) is claim:
                    # It ended while we were stalled, and may be somebody else's by now.
                    del self._held[key]

    async def _renew_one(self, claim: _Claim) -> Any:
        lease_ms = int(self._config.lease_s * 1000)
        return await self._writes.ask(("EVAL", RENEW, 1, claim.name, claim.token, lease_ms))
