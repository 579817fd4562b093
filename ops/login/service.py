"""Spotify's accounts service, as a command of its own reaches it."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from gateway.auth.accounts_service import AccountsService
from gateway.transport import PooledTransport
from ops.settings import Settings

_SECRET_BYTES: Final = 32
"""As text these are 43 characters, the least that PKCE wants."""


@asynccontextmanager
async def opened_service(settings: Settings) -> AsyncIterator[AccountsService]:
    """Yield the accounts service of these settings, with connections of its own."""
    async with PooledTransport(settings.transport) as transport:
        secret = partial(secrets.token_urlsafe, _SECRET_BYTES)
        yield AccountsService(settings.credentials, transport=transport, wall_clock=time.time, secret=secret)
