"""Begins the sign-in of a gateway that serves one person, when a call needs it; one at a time."""

import asyncio
import socket
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from functools import partial
from types import TracebackType
from typing import Final, Protocol, Self

import structlog

from gateway.auth.observer import UNHEARD, IdentityObserver
from gateway.auth.sign_in import SignIn
from gateway.auth.vault import VaultError
from gateway.errors import SignInRefusedError, SpotifyError
from ops.login.listener import listen, receiving
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


Listen = Callable[[Redirect], socket.socket]
"""Takes the port where browsers come back; see `listen`."""

Receiving = Callable[[socket.socket, Redirect, Pending], AbstractAsyncContextManager[Receives]]
"""Answers browsers there; see `receiving`."""


class SignInDesk:
    """Invites whoever sits at this machine; an asynchronous context manager that owns what listens.

    Args:
        service: Spotify's side.
        redirect: Where the browser comes back.
        least: What is asked for in any case, so that one sign-in does for all calls.
        adopt: Keeps what comes of it.
        observer: Hears how sign-ins go.
        patience_s: How long a browser is waited for.
        listen: Takes the port.
        receiving: Answers browsers there.
    """

    def __init__(
        self,
        service: SignIns,
        redirect: Redirect,
        *,
        least: frozenset[str],
        adopt: Adopt,
        observer: IdentityObserver = UNHEARD,
        patience_s: float = PATIENCE_S,
        listen: Listen = listen,
        receiving: Receiving = receiving,
    ) -> None:
        self._service = service
        self._redirect = redirect
        self._least = least
        self._adopt = adopt
        self._observer = observer
        self._patience_s = patience_s
        self._listen = listen
        self._receiving = receiving
        self._closed = False
        self._pending: Pending | None = None
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

    def invite(self, scopes: Iterable[str]) -> str:
        """Return one sentence about how to grant `scopes`, for people and agents; it takes microseconds.

        Where a browser can be received, it has the address to open, which stays the same while it is waited for.
        The running event loop goes on with it.
        """
        if self._closed:
            return _ELSEWHERE
        if self._pending is None:
            return self._begin(self._least.union(scopes))
        if self._pending.used:
            return "A sign-in is just being finished; repeat the call in a few seconds."
        self._pending.widen(scopes)
        return self._here

    @property
    def _here(self) -> str:
        return f"Open {self._redirect.start} in a browser to sign in with Spotify, then repeat the call."

    def _begin(self, scopes: frozenset[str]) -> str:
        try:
            listening = self._listen(self._redirect)
        except ListenError as error:
            _log.warning("sign_in.unreachable", problem=str(error))
            return _ELSEWHERE
        self._pending = Pending(self._service, self._redirect.uri, scopes, adopt=self._adopt)
        self._observer.sign_in_begun("local")
        self._task = asyncio.create_task(self._receive(listening, self._pending))
        self._task.add_done_callback(partial(self._leave, listening))
        return self._here

    async def _receive(self, listening: socket.socket, pending: Pending) -> None:
        try:
            async with (
                self._receiving(listening, self._redirect, pending) as reception,
                asyncio.timeout(self._patience_s),
            ):
                await reception.over()
            self._observer.sign_in_finished("local")
        except TimeoutError:
            self._observer.sign_in_refused("local", "given_up")
            _log.info("sign_in.given_up", after_s=self._patience_s)
        except (SpotifyError, VaultError) as error:
            self._observer.sign_in_refused(
                "local", "denied" if isinstance(error, SignInRefusedError) else "failed"
            )
            _log.warning("sign_in.failed", problem=str(error))

    def _leave(self, listening: socket.socket, _: "asyncio.Task[None]") -> None:
        # Here, not in the task: one that is cancelled before its first step comes by no `finally`.
        listening.close()
        self._pending = None
