"""Renews sign-ins, one at a time for each over all processes; a token is kept before it is handed out.

A refresh token may be good for a single use. So the one that is sent is always read from the vault by whoever is
alone with it, and what came of it is written before anybody sees it. Where that write fails, the new record waits
here: it is written first thing by the next renewal, and until then from time to time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from cache import Flight, FlightTimeoutError, SingleFlight
from gateway.auth.accounts_service import AccountsService
from gateway.auth.locker import Locker, reachable
from gateway.auth.observer import UNHEARD, Renewal
from gateway.auth.sign_in import KIND, SignIn
from gateway.auth.vault import Vault, VaultError
from gateway.errors import (
    ShuttingDownError,
    SignInEndedError,
    SpotifyError,
    UnauthorisedError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)

_ALONE_S = 30.0
"""Longest exchange with the accounts service, 20 s, and the vault's part of it."""

_PATIENCE_S = 10.0
"""How long the end of the process waits for renewals under way: what they bring would be lost."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0

_UNSAVED = (
    "The new token from Spotify could not be written to where sign-ins are kept, and is not used before; "
    "try again shortly"
)
_REPLACED = "Somebody signed in anew while this call was under way; try it again"


class RenewalObserver(Protocol):
    """Hears what becomes of sign-ins, in the instant in which it is known."""

    def renewed(self, locker: Locker, sign_in: SignIn) -> None:
        """`sign_in` is the newest of its consent."""

    def over(self, locker: Locker, sign_in: SignIn) -> None:
        """`sign_in` is worth nothing any more; there may be another one."""


@dataclass(slots=True)
class _Unsaved:
    """A renewed record on its way to the vault, what it replaces there, and the token that was spent on it."""

    locker: Locker
    sign_in: SignIn
    expected: bytes | None = field(repr=False)
    spent: str = field(repr=False)


class Renewals:
    """The renewals of one process.

    Args:
        vault: Shared by all processes that renew the same sign-ins.
        service: Spotify's accounts service.
        observer: Told of the outcome.
        clock: Monotonic seconds.
        wall_clock: Seconds since the epoch.
        sleep: Waits between attempts to write.
        tell: Told whose sign-in was renewed, and what came of it.
    """

    def __init__(
        self,
        vault: Vault,
        service: AccountsService,
        observer: RenewalObserver,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        tell: Callable[[str, Renewal], None] = UNHEARD.renewal,
    ) -> None:
        self._vault = vault
        self._service = service
        self._observer = observer
        self._clock = clock
        self._wall_clock = wall_clock
        self._sleep = sleep
        self._tell = tell
        self._flights: SingleFlight[SignIn] = SingleFlight(clock)
        self._savers: SingleFlight[None] = SingleFlight(clock)
        self._busy: set[str] = set()
        self._unsaved: dict[str, _Unsaved] = {}

    async def renew(self, locker: Locker, stale: SignIn, *, deadline: float) -> SignIn:
        """Return the sign-in of the same consent with an access token that is fresh, and not that of `stale`.

        However many ask for the same, one request is sent; none is, if another process has done it already.

        Raises:
            SignInEndedError: The sign-in is over, by Spotify's word or by the user's.
            UnauthorisedError: Spotify does not take the app.
            UpstreamTimeoutError: `deadline` passed first; the renewal goes on.
            UpstreamUnavailableError: There is no token to be had now, or the sign-in was replaced by another.
        """
        # By the stale token too: who has had that one refused must not be given it back by a flight for another.
        key = f"{locker.key} {stale.consent} {stale.access_token}"
        load = partial(self._fly, key, locker, stale)
        try:
            renewed, _ = await self._flights.do(key, load, deadline=deadline)
        except FlightTimeoutError:
            raise UpstreamTimeoutError("Spotify's accounts service did not answer in time; try again") from None
        return renewed

    async def close(self) -> None:
        """Wait a little for renewals under way, and write what is not written yet; then end all the same."""
        until = self._clock() + _PATIENCE_S
        landings = (self._flights.do(key, _closed, deadline=until) for key in tuple(self._busy))
        await asyncio.gather(*landings, return_exceptions=True)
        await self._flights.close()
        await self._savers.close()
        for unsaved in tuple(self._unsaved.values()):
            with suppress(VaultError, TimeoutError):
                await asyncio.wait_for(self._save(unsaved), _PATIENCE_S)

    async def _fly(self, key: str, locker: Locker, stale: SignIn, flight: Flight[SignIn]) -> SignIn:
        try:
            with self._telling(locker), reachable():
                async with self._vault.alone("renewal", locker.key, at_most_s=_ALONE_S):
                    return await self._renew(locker, stale, partial(self._commit, key, flight))
        finally:
            self._busy.discard(key)

    @contextmanager
    def _telling(self, locker: Locker) -> Iterator[None]:
        try:
            yield
        except SignInEndedError:
            self._tell(locker.principal_id, "ended")
            raise
        except UnauthorisedError:
            self._tell(locker.principal_id, "refused")
            raise
        except SpotifyError:
            self._tell(locker.principal_id, "failed")
            raise

    def _commit(self, key: str, flight: Flight[SignIn]) -> None:
        flight.commit()
        self._busy.add(key)

    async def _renew(self, locker: Locker, stale: SignIn, commit: Callable[[], None]) -> SignIn:
        if unsaved := self._unsaved.get(locker.key):
            await self._save(unsaved)
        raw, there = await self._look(locker, stale)
        if self._is_news(there, stale):
            return self._found(locker, there)
        commit()
        try:
            renewed = await self._service.renew(there)
        except SignInEndedError:
            return await self._end(locker, stale, raw=raw, spent=there.refresh_token)
        return await self._keep(_Unsaved(locker, renewed, raw, there.refresh_token), stale)

    async def _keep(self, unsaved: _Unsaved, stale: SignIn) -> SignIn:
        key = unsaved.locker.key
        self._unsaved[key] = unsaved
        try:
            saved = await self._save(unsaved)
        except VaultError as error:
            self._savers.start(key, partial(self._persevere, key), deadline=float("inf"))
            raise UpstreamUnavailableError(_UNSAVED) from error
        return saved or await self._others(unsaved.locker, stale)

    async def _others(self, locker: Locker, stale: SignIn) -> SignIn:
        """Return what somebody else has made of the consent of `stale`, while this process tried the same."""
        _, there = await self._look(locker, stale)
        if not self._is_news(there, stale):
            raise UpstreamUnavailableError(_REPLACED)
        return self._found(locker, there)

    def _found(self, locker: Locker, there: SignIn) -> SignIn:
        self._observer.renewed(locker, there)
        self._tell(locker.principal_id, "elsewhere")
        return there

    def _is_news(self, there: SignIn, stale: SignIn) -> bool:
        return there.access_token != stale.access_token and there.is_fresh(self._wall_clock())

    async def _look(self, locker: Locker, stale: SignIn) -> tuple[bytes | None, SignIn]:
        """Return what the vault has of the consent of `stale`.

        Raises:
            SignInEndedError: Nothing, and no other consent either.
            UpstreamUnavailableError: Another consent.
        """
        raw = await self._vault.get(KIND, locker.key)
        there = locker.read(raw)
        if there is not None and there.consent == stale.consent:
            return raw, there
        self._observer.over(locker, stale)
        if there is None:
            raise SignInEndedError("Nobody is signed in any more; sign in again")
        raise UpstreamUnavailableError(_REPLACED)

    async def _save(self, unsaved: _Unsaved) -> SignIn | None:
        """Write a renewed record, and return it; None if what it came of is not in the vault any more."""
        key, saved = unsaved.locker.key, True
        while not await self._vault.swap(KIND, key, unsaved.sign_in.encode(), expected=unsaved.expected):
            raw = await self._vault.get(KIND, key)
            there, mine = unsaved.locker.read(raw), unsaved.sign_in
            if there is None or there.consent != mine.consent or there.refresh_token != unsaved.spent:
                saved = False
                break
            # Only what is known about the user was added.
            unsaved.sign_in = replace(mine, user_id=there.user_id, user_name=there.user_name)
            unsaved.expected = raw
        if self._unsaved.get(key) is unsaved:
            del self._unsaved[key]
        if not saved:
            return None
        self._observer.renewed(unsaved.locker, unsaved.sign_in)
        self._tell(unsaved.locker.principal_id, "renewed")
        return unsaved.sign_in

    async def _persevere(self, key: str, _: Flight[None]) -> None:
        """Try to write until it is done: what other processes find in the vault meanwhile is a spent token."""
        pause_s = _FIRST_PAUSE_S
        while key in self._unsaved:
            await self._sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            if unsaved := self._unsaved.get(key):
                with suppress(VaultError):
                    await self._save(unsaved)

    async def _end(self, locker: Locker, stale: SignIn, *, raw: bytes | None, spent: str) -> SignIn:
        """Delete what Spotify has ended, unless somebody has made something of it after all."""
        # If it cannot be deleted, it is found dead once more by whoever comes across it.
        with suppress(VaultError):
            while raw is not None and not await self._vault.swap(KIND, locker.key, None, expected=raw):
                raw, there = await self._look(locker, stale)
                # Whoever was paused for too long was not alone any more: another one has used the same token.
                if there.refresh_token != spent:
                    return await self._others(locker, stale)
        self._observer.over(locker, stale)
        raise SignInEndedError("Spotify ended the sign-in; sign in again")


async def _closed(_: Flight[SignIn]) -> SignIn:
    raise ShuttingDownError("The gateway is stopping; connect to another one, or again in a moment")
