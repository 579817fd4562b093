"""Puts together in whose name calls are made, as the settings want it; opens nothing before it is needed."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from gateway.auth.accounts_service import AccountsService
from gateway.auth.kept_accounts import KeptAccounts, fixed_sign_in
from gateway.principal import LOCAL, Principal
from gateway.transport import Transport
from ops.login.desk import SignInDesk
from ops.login.redirect import Redirect
from ops.settings import Settings
from ops.vault import Safe
from tools.least import least_scopes

_SECRET_BYTES = 32


def accounts_service(settings: Settings, transport: Transport) -> AccountsService:
    """Return Spotify's accounts service as these settings reach it."""
    secret = partial(secrets.token_urlsafe, _SECRET_BYTES)
    return AccountsService(settings.credentials, transport=transport, wall_clock=time.time, secret=secret)


class People:
    """Those who have signed in, and the way for others to do so.

    Args:
        settings: The process's.
        transport: Carries the requests to Spotify.
        ended: Called with the name of an account that is no more.
        clock: Monotonic seconds.

    Attributes:
        accounts: In whose name calls are made.
    """

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        *,
        ended: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._safe = Safe(settings)
        service = accounts_service(settings, transport)
        given = settings.fermata_refresh_token.get_secret_value()
        fixed = fixed_sign_in(given, secret=settings.sealing_secret) if given else None
        self.accounts = KeptAccounts(
            self._safe.vault,
            service,
            clock=clock,
            wall_clock=time.time,
            sleep=asyncio.sleep,
            invite=self._invite,
            ended=ended,
            fixed=None if fixed is None else (LOCAL.id, fixed),
        )
        self._desk = SignInDesk(
            service,
            Redirect.of(settings.spotify_redirect_uri),
            least=least_scopes(settings.selection),
            adopt=partial(self.accounts.adopt, LOCAL),
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep it open."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._safe.close)
            stack.push_async_callback(self.accounts.close)
            await stack.enter_async_context(self._desk)
            yield

    def _invite(self, principal: Principal, scopes: Sequence[str]) -> str:
        if principal.id != LOCAL.id:
            return f"Run `fermata login --user {principal.id.removeprefix('key:')}` to sign in with Spotify."
        return self._desk.invite(scopes)
