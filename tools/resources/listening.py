"""Serves `subscriptions/listen` of 2026-07-28; a stream hears of its own principal's account only.

The SDK has a handler for this. It knows no principals, and it ends a stream whose client reads slowly, where here
news of the same resource become one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY

from gateway.changes import Changes
from gateway.errors import SpotifyError
from gateway.principal import Principal
from tools.resources.index import ResourceIndex, UnknownResourceError
from tools.resources.reading import worded
from tools.resources.subscription import Subscription
from tools.transport.caller import principal_of

MOST_STREAMS: Final = 1000


class Listening:
    """The open streams."""

    def __init__(self, index: ResourceIndex, changes: Changes) -> None:
        self._index = index
        self._changes = changes
        self._streams = 0

    async def listen(
        self, context: ServerRequestContext[Any, Any], params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Acknowledge, then tell of changes until the client leaves or the transport ends the stream.

        Raises:
            MCPError: It has no id, names too many resources, or there are too many streams.
        """
        if context.request_id is None:
            raise MCPError(types.INVALID_REQUEST, "subscriptions/listen needs a request id")
        subscription, honored = self._honored(params.notifications, version=context.protocol_version)
        # From before the acknowledgement, so that a change meanwhile is told after it.
        with self._stream(principal_of(context), subscription):
            await _send(context, _acknowledgement(honored, context.request_id))
            while True:
                await _send(context, _updated(await subscription.next(), context.request_id))

    @contextmanager
    def _stream(self, principal: Principal, subscription: Subscription) -> Iterator[None]:
        if self._streams >= MOST_STREAMS:
            raise MCPError(types.INTERNAL_ERROR, "Too many subscriptions are open: try again later")
        self._streams += 1
        try:
            with self._changes.heard(principal, subscription.note):
                yield
        finally:
            self._streams -= 1

    def _honored(
        self, asked: types.SubscriptionFilter, *, version: str
    ) -> tuple[Subscription, types.SubscriptionFilter]:
        """Return what is subscribed to, and how that is said; URIs that name nothing here are left out."""
        subscription, uris = Subscription(), []
        for uri in dict.fromkeys(asked.resource_subscriptions or ()):
            try:
                subscription.add(uri, self._index.find(uri))
            except UnknownResourceError:
                continue
            except SpotifyError as error:
                raise worded(error, uri, version=version) from error
            uris.append(uri)
        # The lists never change while the server runs, so these are kept by silence.
        return subscription, types.SubscriptionFilter(
            tools_list_changed=asked.tools_list_changed or None,
            prompts_list_changed=asked.prompts_list_changed or None,
            resources_list_changed=asked.resources_list_changed or None,
            resource_subscriptions=uris or None,
        )


async def _send(context: ServerRequestContext[Any, Any], message: types.ServerNotification) -> None:
    await context.session.send_notification(message, related_request_id=context.request_id)


def _acknowledgement(
    honored: types.SubscriptionFilter, stream: types.RequestId
) -> types.SubscriptionsAcknowledgedNotification:
    return types.SubscriptionsAcknowledgedNotification(
        params=types.SubscriptionsAcknowledgedNotificationParams(notifications=honored, _meta=_tag(stream))
    )


def _updated(uri: str, stream: types.RequestId) -> types.ResourceUpdatedNotification:
    return types.ResourceUpdatedNotification(
        params=types.ResourceUpdatedNotificationParams(uri=uri, _meta=_tag(stream))
    )


def _tag(stream: types.RequestId) -> dict[str, Any]:
    return {SUBSCRIPTION_ID_META_KEY: stream}
