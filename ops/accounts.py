"""What a process and a command alike make of the settings to ask Spotify for users' tokens, and to keep those."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from gateway.auth.accounts_service import AccountsService
from gateway.auth.records import Records, fixed_sign_in
from gateway.auth.sign_in import SignIn
from gateway.principal import LOCAL
from gateway.transport import PooledTransport, Transport
from ops.identity_events import IdentityEvents
from ops.metrics import Metrics
from ops.settings import Settings
from ops.vault import Safe

_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return a fresh text that nobody can guess: 43 characters, 256 bits, the least that PKCE wants."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def accounts_service(settings: Settings, transport: Transport) -> AccountsService:
    """Return Spotify's accounts service, on behalf of users."""
    return AccountsService(settings.credentials, transport=transport, wall_clock=time.time, secret=new_secret)


def given_sign_in(settings: Settings) -> tuple[str, SignIn] | None:
    """Return the sign-in that a setting gives, and whose it is; None if the setting is empty."""
    given = settings.fermata_refresh_token.get_secret_value()
    return (LOCAL.id, fixed_sign_in(given, secret=settings.sealing_secret)) if given else None


@asynccontextmanager
async def opened_service(settings: Settings) -> AsyncIterator[AccountsService]:
    """Yield the accounts service, for a command, with connections of its own."""
    async with PooledTransport(settings.transport) as transport:
        yield accounts_service(settings, transport)


@asynccontextmanager
async def opened_records(settings: Settings) -> AsyncIterator[Records]:
    """Yield the sign-ins of gateways with these settings; those that run notice what a command does to them."""
    safe = Safe(settings, observer=IdentityEvents(Metrics()))
    try:
        yield Records(safe.vault, given_sign_in(settings))
    finally:
        await safe.close()
