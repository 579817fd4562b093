"""`fermata logout`: forgets a sign-in and everything that was read with it; Spotify keeps its own record."""

from collections.abc import Iterable

from gateway.auth.vault import VaultError
from gateway.principal import Principal
from ops.accounts import opened_records
from ops.bootstrap import wire
from ops.login.terminal import Terminal
from ops.settings import Settings
from ops.vault import place_of

_DONE = 0
_NOT_DONE = 1
_APPS = "https://www.spotify.com/account/apps"


async def logout(settings: Settings, principal: Principal, *, terminal: Terminal) -> int:
    """Sign `principal` out; gateways that run notice within seconds, and drop what they have in memory.

    Returns:
        The exit code: `_DONE`, also if nobody was signed in, or `_NOT_DONE` if the sign-in cannot be reached.
    """
    try:
        async with opened_records(settings) as records:
            given = records.is_fixed(principal.id)
            gone = await records.forget(principal.id)
    except VaultError as error:
        terminal.complain(f"{error}; nothing was changed.")
        return _NOT_DONE
    if gone:
        terminal.show(f"Signed out; the sign-in is deleted from {place_of(settings)}.")
    else:
        terminal.show(f"Nobody was signed in: there is nothing in {place_of(settings)}.")
    if gone and settings.cache_redis_url:
        await _purge(settings, gone)
        terminal.show("What was read in this user's name is deleted from the shared cache.")
    if given:
        terminal.show("FERMATA_REFRESH_TOKEN is still set, and signs its user in until you unset it.")
    terminal.show(f"Spotify itself keeps the permission until you remove the app at {_APPS}.")
    return _DONE


async def _purge(settings: Settings, accounts: Iterable[str]) -> None:
    gateway = wire(settings)
    async with gateway.recall.opened():
        for account in accounts:
            gateway.client.disconnect(account)
