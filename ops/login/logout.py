"""`fermata logout`: forgets a sign-in and everything that was read with it; Spotify keeps its own record."""

from gateway.auth.vault import VaultError
from gateway.principal import LOCAL, Principal
from ops.bootstrap import wire
from ops.login.keeping import Record, opened_vault, place_of
from ops.login.terminal import Terminal
from ops.settings import Settings

_DONE = 0
_NOT_DONE = 1
_APPS = "https://www.spotify.com/account/apps"


async def logout(settings: Settings, principal: Principal, *, terminal: Terminal) -> int:
    """Sign `principal` out; gateways that run notice within seconds, and drop what they have in memory.

    Returns:
        The exit code: `_DONE`, also if nobody was signed in, or `_NOT_DONE` if the sign-in cannot be reached.
    """
    try:
        async with opened_vault(settings) as vault:
            gone = await Record(vault, principal).forget()
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
    if principal == LOCAL and settings.fermata_refresh_token.get_secret_value():
        terminal.show("FERMATA_REFRESH_TOKEN is still set, and signs its user in.")
    terminal.show(f"Spotify itself keeps the permission until you remove the app at {_APPS}.")
    return _DONE


async def _purge(settings: Settings, account: str) -> None:
    gateway = wire(settings)
    async with gateway.recall.opened():
        gateway.client.disconnect(account)
