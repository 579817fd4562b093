"""Begins the sign-in of a gateway that serves one person, when a call needs it; one at a time."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final, Protocol, Self

import structlog

from gateway.auth.sign_in import SignIn
from gateway.auth.vault import VaultError
from gateway.errors import SpotifyError
from ops.login.listener import receiving
from ops.login.pending import Adopt, Pending, SignIns
from ops.login.redirect import Redirect
from ops.serve import ListenError

PATIENCE_S: Final = 600.0
"""How long a sign-in may take whose beginning nobody has seen; then its port is free again."""

_ELSEWHERE: Final = "Run `fermata login` in a terminal to sign in with Spotify, then repeat the call."

_log = structlog.stdlib.get_logger("fermata")


class Receives(Protocol):
    """Waits for the browser; see `Reception`."""

    async def over(self) -> SignIn:
        """Wait until the browser has come back."""
        ...


Receiving = Callable[[Redirect, Pending], AbstractAsyncContextManager[Receives]]
"""Opens the place where browsers come back; see `receiving`."""


class SignInDesk:
    """Invites whoever sits at this machine; an asynchronous context manager that owns what listens.

    Args:
        service: Spotify's side.
        redirect: Where the browser comes back.
        least: What is asked for in any case, so that one sign-in does for all calls.
        adopt: Keeps what comes of it.
        patience_s: How long a browser is waited for.
        receiving: Opens the place where browsers come back.
    """

    def __init__(
        self,
        service: SignIns,
        redirect: Redirect,
        *,
        least: frozenset[str],
        adopt: Adopt,
        patience_s: float = PATIENCE_S,
        receiving: Receiving = receiving,
    ) -> None:
        self._service = service
        self._redirect = redirect
        self._least = least
        self._adopt = adopt
        self._patience_s = patience_s
        self._receiving = receiving
        self._pending: Pending | None = None
        self._closed = False
        self._ready: asyncio.Future[str]
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Nothing listens before the first invitation."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give up the sign-in under way, free its port, and begin no other."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            # A task that was cancelled before its first step has not come to say so.
            self._say(self._ready, _ELSEWHERE)

    async def invite(self, scopes: Iterable[str]) -> str:
        """Return one sentence about how to grant `scopes`, for people and agents.

        Where a browser can be received, it has the address to open, which stays the same while it is waited for.
        """
        if self._closed:
            return _ELSEWHERE
        if self._pending is None:
            wanted = self._least.union(scopes)
            self._pending = Pending(self._service, self._redirect.uri, wanted, adopt=self._adopt)
            self._ready = asyncio.get_running_loop().create_future()
            # A task of its own: the call that began it may be cancelled while others are invited too.
            self._task = asyncio.create_task(self._after(self._task, self._pending, self._ready))
        else:
            self._pending.widen(scopes)
        return await asyncio.shield(self._ready)

    async def _after(
        self, earlier: "asyncio.Task[None] | None", pending: Pending, ready: "asyncio.Future[str]"
    ) -> None:
        try:
            # One that is over still has the port while its last page is on the way.
            if earlier is not None:
                await asyncio.wait([earlier])
            await self._receive(pending, ready)
        except ListenError as error:
            _log.warning("sign_in.unreachable", problem=str(error))
        except TimeoutError:
            _log.info("sign_in.given_up", after_s=self._patience_s)
        except (SpotifyError, VaultError) as error:
            _log.warning("sign_in.failed", problem=str(error))
        finally:
            self._leave(pending)
            self._say(ready, _ELSEWHERE)

    async def _receive(self, pending: Pending, ready: "asyncio.Future[str]") -> None:
        async with self._receiving(self._redirect, pending) as reception:
            ready.set_result(
                f"Open {self._redirect.start} in a browser to sign in with Spotify, then repeat the call."
            )
            try:
                async with asyncio.timeout(self._patience_s):
                    await reception.over()
            finally:
                # From here on a call that needs a user begins anew, whatever the last page takes.
                self._leave(pending)
        _log.info("sign_in.done")

    @staticmethod
    def _say(ready: "asyncio.Future[str]", sentence: str) -> None:
        if not ready.done():
            ready.set_result(sentence)

    def _leave(self, pending: Pending) -> None:
        if self._pending is pending:
            self._pending = None
