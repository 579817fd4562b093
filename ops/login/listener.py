"""Answers the one browser of a sign-in, on a loopback port that is open only as long as the sign-in is pending."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from http import HTTPStatus
from typing import Final

from aiohttp import web

from gateway.auth.sign_in import SignIn
from gateway.auth.vault import VaultError
from gateway.errors import SignInRefusedError, SpotifyError
from gateway.pages import page, paragraph
from ops.login.pending import ForeignStateError, Pending
from ops.login.redirect import Redirect
from ops.login.wording import sentence
from ops.serve import ListenError

_LAST_WORDS_S: Final = 2.0
"""How long a page that is being sent may take once the sign-in is over."""

_MARKED: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class Reception:
    """What a browser is told during one sign-in, and how that ends.

    Args:
        redirect: Where the browser comes back.
        pending: The sign-in.
    """

    def __init__(self, redirect: Redirect, pending: Pending) -> None:
        self._redirect = redirect
        self._pending = pending
        self._over = asyncio.Event()
        self._outcome: SignIn | Exception = SignInRefusedError("The sign-in did not come to an end")

    async def over(self) -> SignIn:
        """Wait until the browser has come back and has got its page.

        Raises:
            SpotifyError: The sign-in was refused, or failed.
            VaultError: It cannot be kept.
        """
        await self._over.wait()
        if isinstance(self._outcome, SignIn):
            return self._outcome
        raise self._outcome

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        # A foreign page can have its own name resolve to this machine (DNS rebinding), and would then read
        # Spotify's address with the state in it.
        if request.headers.get("Host", "").lower() not in self._redirect.names:
            return _refusal("Not here", "Open the address that Fermata printed.", HTTPStatus.MISDIRECTED_REQUEST)
        if request.path not in {self._redirect.entry, self._redirect.path}:
            text = f"There is nothing at this address. The sign-in begins at {self._redirect.start}."
            return _refusal("Nothing here", text, HTTPStatus.NOT_FOUND)
        # HEAD too: whoever looks ahead must not use the code up.
        if request.method != "GET":
            return _refusal("Not so", "Open this address in a browser.", HTTPStatus.METHOD_NOT_ALLOWED)
        if request.path == self._redirect.entry:
            return web.Response(
                status=HTTPStatus.SEE_OTHER, headers={"Location": self._pending.address, **_MARKED}
            )
        return await self._come_back(request)

    async def _come_back(self, request: web.Request) -> web.StreamResponse:
        try:
            answer = await self._finish(request)
        except ForeignStateError as error:
            text = f"{error}. Begin at {self._redirect.start}."
            return _refusal("Not this sign-in", text, HTTPStatus.BAD_REQUEST)
        except Exception as error:
            self._outcome = error
            self._over.set()
            raise
        answer.force_close()
        try:
            await answer.prepare(request)
            await answer.write_eof()
        finally:
            self._over.set()
        return answer

    async def _finish(self, request: web.Request) -> web.Response:
        try:
            sign_in = await self._pending.finish(request.query)
        except (SpotifyError, VaultError) as error:
            self._outcome = error
            status = error.status if isinstance(error, SpotifyError) else HTTPStatus.SERVICE_UNAVAILABLE
            return _refusal("Not signed in", sentence(error), status)
        self._outcome = sign_in
        return page(
            "You are signed in",
            paragraph("Fermata may now ask Spotify in your name. You can close this page."),
            paragraph(f"It was granted: {', '.join(sorted(sign_in.scopes or ())) or 'nothing beyond your name'}."),
        )


def _refusal(title: str, text: str, status: int) -> web.Response:
    return page(title, paragraph(text), status=status)


def listen(redirect: Redirect) -> socket.socket:
    """Take the port of `redirect`, without waiting.

    Raises:
        ListenError: It is not an address of this machine alone, or the port is not to be had.
    """
    if not redirect.loopback:
        raise ListenError(
            f"SPOTIFY_REDIRECT_URI is {redirect.uri}, where nothing on this machine can listen; "
            "use `fermata login --no-browser`"
        )
    family = socket.AF_INET6 if ":" in redirect.host else socket.AF_INET
    try:
        return socket.create_server((redirect.host, redirect.port), family=family)
    except OSError as error:
        raise ListenError(_complaint(error, redirect)) from error


@asynccontextmanager
async def receiving(listening: socket.socket, redirect: Redirect, pending: Pending) -> AsyncIterator[Reception]:
    """Answer the browser of `pending` at the port that `listen` took, and close that in the end."""
    reception = Reception(redirect, pending)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", reception.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_LAST_WORDS_S)
    with closing(listening):
        try:
            await runner.setup()
            await web.SockSite(runner, listening).start()
            yield reception
        finally:
            await runner.cleanup()


def _complaint(error: OSError, redirect: Redirect) -> str:
    instead = (
        "let SPOTIFY_REDIRECT_URI name another port, and register that with your Spotify app too, "
        "or use `fermata login --no-browser`"
    )
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {redirect.port} is taken by another program. If that is a Fermata that waits for a sign-in, "
            f"open {redirect.start}; if not, {instead}"
        )
    if error.errno == errno.EACCES:
        return f"Port {redirect.port} needs privileges; {instead}"
    return f"Cannot listen on {redirect.host}:{redirect.port} ({error.strerror}); {instead}"
