"""A way in: who may call, and the pages by which people and programs become callers."""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from gateway.callers import Callers


class Pages(Protocol):
    """A part of the application that brings routes."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return what to add to the application."""
        ...


@dataclass(frozen=True, slots=True)
class Entrance:
    """How requests come in.

    Attributes:
        callers: Know who calls.
        pages: What people and programs need to become callers.
        shared: Paths among them that pages of any origin may ask, since nothing there hangs on who they are.
        opened: What has to be open meanwhile.
    """

    callers: Callers
    pages: Sequence[Pages] = ()
    shared: Collection[str] = ()
    opened: Callable[[], AbstractAsyncContextManager[object]] = nullcontext

    def mount(self, app: web.Application) -> None:
        """Attach the pages."""
        for part in self.pages:
            app.add_routes(part.routes())
