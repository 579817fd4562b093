"""In whose name this process makes calls: its vault, Spotify's accounts service, and who has signed in where."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from yarl import URL

from gateway.auth.kept_accounts import KeptAccounts
from gateway.auth.pass_through import EitherAccounts, PassThrough
from gateway.oauth.key_login import PATH as LOGIN_PATH
from gateway.oauth.key_login import SCOPE
from gateway.principal import LOCAL, Principal
from gateway.transport import Transport
from ops.accounts import accounts_service, given_sign_in
from ops.identity_events import IdentityEvents
from ops.login.desk import SignInDesk
from ops.login.redirect import Redirect
from ops.settings import Settings
from ops.vault import Safe
from tools.least import least_scopes


class Identity:
    """The Spotify side of identity, as the settings want it. Open it before the first call.

    Args:
        settings: The process's.
        transport: Carries what the accounts service is asked.
        ended: Told the name of an account that is no more.
        observer: Hears who comes and goes, and how the vault is.
        clock: Monotonic seconds.

    Attributes:
        service: Spotify's accounts service, on behalf of users.
        vault: Where secrets are kept.
        kept: Those who have signed in.
        bearers: Those who bring tokens of their own.
        accounts: All of them.
        observer: As given.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        transport: Transport,
        ended: Callable[[str], None],
        observer: IdentityEvents,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self.observer = observer
        self._least = least_scopes(settings.selection)
        self._safe = Safe(settings, observer=observer)
        self.vault = self._safe.vault
        self.service = accounts_service(settings, transport)
        self.kept = KeptAccounts(
            self.vault,
            self.service,
            clock=clock,
            wall_clock=time.time,
            sleep=asyncio.sleep,
            invite=self._invite,
            ended=ended,
            fixed=given_sign_in(settings),
            observer=observer,
        )
        self.bearers = PassThrough(secret=settings.sealing_secret, clock=clock)
        self.accounts = EitherAccounts(self.bearers, self.kept)
        self._desk = SignInDesk(
            self.service,
            Redirect.of(settings.spotify_redirect_uri),
            least=self._least,
            adopt=partial(self.kept.adopt, LOCAL),
            observer=observer,
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep it open; what it asks of Spotify goes by the transport, which outlives it."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._safe.close)
            stack.push_async_callback(self.kept.close)
            stack.push_async_callback(self.bearers.close)
            await stack.enter_async_context(self._desk)
            await self._safe.look()
            yield

    def _invite(self, principal: Principal, scopes: Sequence[str]) -> str:
        """Return how somebody signs in here; see `Accounts.invite`."""
        if self._settings.auth_mode == "oauth":
            wanted = f" and allow {' '.join(scopes)}" if scopes else ""
            return f"Connect this program to the gateway again{wanted}, then repeat the call."
        # The next sign-in takes the place of this one: what that granted is asked for again.
        wider = self._granted(principal).union(scopes) if scopes else frozenset(scopes)
        if principal.id == LOCAL.id:
            return self._desk.invite(wider)
        if self._settings.fermata_public_url:
            page = URL(f"{self._settings.fermata_public_url}{LOGIN_PATH}")
            more = sorted(wider - self._least)
            there = page.with_query({SCOPE: " ".join(more)}) if more else page
            return f"Open {there} in a browser and sign in with the gateway key, then repeat the call."
        wanted = f" --scopes {','.join(sorted(wider | self._least))}" if scopes else ""
        name = principal.id.removeprefix("key:")
        return f"Ask whoever runs this gateway for `fermata login --user {name}{wanted}`, then repeat the call."

    def _granted(self, principal: Principal) -> frozenset[str]:
        account = self.kept.of(principal)
        return frozenset() if account is None or account.scopes is None else account.scopes
