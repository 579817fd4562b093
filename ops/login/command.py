"""`fermata login`: one user signs in once; nothing is shown of it but the address that the user must open."""

import asyncio
from typing import Final

from gateway.auth.sign_in import CONSENT_DAYS, SignIn
from gateway.auth.vault import VaultError
from gateway.errors import SpotifyError
from gateway.principal import Principal
from ops.accounts import opened_records, opened_service
from ops.login.listener import listen, receiving
from ops.login.pending import Adopt, ForeignStateError, Pending, SignIns
from ops.login.redirect import ElsewhereError, Redirect
from ops.login.terminal import Terminal
from ops.login.visitor import visitor
from ops.login.wish import Wish
from ops.login.wording import sentence
from ops.serve import ListenError
from ops.settings import Settings
from ops.vault import place_of

DONE: Final = 0
NOT_DONE: Final = 1


class GaveUpError(Exception):
    """No answer came; the text says what was waited for."""


async def login(wish: Wish, settings: Settings, principal: Principal, *, terminal: Terminal) -> int:
    """Sign `principal` in.

    Returns:
        The exit code: `DONE`, or `NOT_DONE` if it was refused, failed or was not answered.
    """
    redirect = Redirect.of(settings.spotify_redirect_uri)
    try:
        async with opened_records(settings) as records, opened_service(settings) as service:

            async def adopt(sign_in: SignIn) -> None:
                await records.keep(principal.id, sign_in)

            sign_in = await signed_in(wish, redirect, service, adopt=adopt, terminal=terminal)
            overruled = records.is_fixed(principal.id)
    except (ListenError, GaveUpError, SpotifyError, VaultError) as error:
        terminal.complain(sentence(error))
        return NOT_DONE
    terminal.show(f"Signed in, for {CONSENT_DAYS} days; it is kept, sealed, in {place_of(settings)}.")
    if overruled:
        terminal.complain("FERMATA_REFRESH_TOKEN is set too, and its user comes first: unset it to be this one.")
    if lacking := wish.scopes - (sign_in.scopes or wish.scopes):
        terminal.show(f"Not granted: {', '.join(sorted(lacking))}.")
    found = await visitor(settings, principal, sign_in)
    if found.name:
        terminal.show(f"You are {found.name}.")
    if found.trouble:
        terminal.complain(sentence(found.trouble))
    return DONE


async def signed_in(
    wish: Wish, redirect: Redirect, service: SignIns, *, adopt: Adopt, terminal: Terminal
) -> SignIn:
    """Lead a user through one sign-in, and keep what comes of it.

    Raises:
        ListenError: The port of the redirect URI is not to be had.
        GaveUpError: Nobody came back in time.
        SpotifyError: The sign-in was refused, or failed.
        VaultError: It cannot be kept.
    """
    pending = Pending(service, redirect.uri, wish.scopes, adopt=adopt, ask_again=True)
    terminal.show(f"It asks Spotify for: {', '.join(sorted(wish.scopes)) or 'your name, and no scope'}.")
    way = _by_browser if wish.browser and redirect.loopback else _by_hand
    try:
        async with asyncio.timeout(wish.timeout_s):
            return await way(redirect, pending, terminal)
    except TimeoutError:
        raise GaveUpError(
            f"Nobody came back from Spotify's page within {wish.timeout_s:g} s; nothing was changed"
        ) from None


async def _by_browser(redirect: Redirect, pending: Pending, terminal: Terminal) -> SignIn:
    async with receiving(listen(redirect), redirect, pending) as reception:
        opened = terminal.browse(redirect.start)
        first = "If no browser opens, open this address" if opened else "Open this address in a browser"
        terminal.show(f"{first} on this machine:\n\n  {redirect.start}\n")
        terminal.show("Waiting for Spotify's answer; Ctrl-C gives up. On a remote shell use --no-browser.")
        return await reception.over()


async def _by_hand(redirect: Redirect, pending: Pending, terminal: Terminal) -> SignIn:
    terminal.show(
        f"Open this address in a browser, on any machine:\n\n  {pending.address}\n\n"
        f"In the end the browser goes to {redirect.uri}, which it may fail to show. That does not matter: copy "
        "the whole address out of its address bar."
    )
    while True:
        text = await terminal.ask("Paste it here, and press Enter:")
        if not text:
            raise GaveUpError("No address was given; nothing was changed")
        try:
            return await pending.finish(redirect.read(text))
        except (ElsewhereError, ForeignStateError) as error:
            terminal.complain(sentence(error))
