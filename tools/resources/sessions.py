"""Tells sessions of the revisions up to 2025-11-25 what changed; nothing is left of a session that ended."""

import asyncio
from contextlib import ExitStack
from typing import Any, Final

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext

from gateway.changes import Changes
from tools.resources.subscription import Subscription
from tools.transport.caller import principal_of
from tools.transport.session import Session

_KEY: Final = "fermata.subscription"


class SessionSubscriptions:
    """The subscriptions of `resources/subscribe`, one set for each session."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def of(self, context: ServerRequestContext[Any, Any]) -> Subscription:
        """Return the subscription of the session that asks; the first one begins to tell it."""
        # The SDK has no public way from a request to its connection, which alone knows on every wire, stdio
        # included, when a session ends.
        connection: Connection = context.session._connection  # noqa: SLF001 - see above
        held = connection.state.get(_KEY)
        if isinstance(held, Subscription):
            return held
        subscription = Subscription()
        connection.state[_KEY] = subscription
        hearing = ExitStack()
        hearing.enter_context(self._changes.heard(principal_of(context), subscription.note))
        telling = asyncio.create_task(_tell(connection, subscription), name="resources.tell")

        async def end() -> None:
            hearing.close()
            telling.cancel()
            await asyncio.wait([telling])

        connection.exit_stack.push_async_callback(end)
        return subscription


async def _tell(connection: Connection, subscription: Subscription) -> None:
    while True:
        uri = await subscription.next()
        if isinstance(connection.outbound, Session):
            # What is sent while nobody reads is dropped, and there is no other way to hear of it.
            await connection.outbound.attended()
        await connection.send_resource_updated(uri)
