"""Answers MCP's requests about resources; unknown and unreadable ones are protocol errors that say what to do."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server

from gateway.changes import Changes
from gateway.client import SpotifyClient
from gateway.endpoint import Endpoint
from gateway.errors import SpotifyError
from tools.resources.index import ResourceIndex
from tools.resources.listening import Listening
from tools.resources.reading import ResourceReader, worded
from tools.resources.resource import Target
from tools.resources.sessions import SessionSubscriptions
from tools.transport.caller import caller_of

_Context = ServerRequestContext[Any, Any]

_LIST_TTL_MS: Final = 300_000
"""The resources change only with a restart, so clients may keep the lists for minutes."""


class ResourceServer:
    """The resources behind the requests that MCP has for them.

    Args:
        client: Reads.
        catalogue: What can be read.
        served: Tells of what the app can have.
        changes: Tell what was written.
    """

    def __init__(
        self,
        client: SpotifyClient,
        catalogue: Mapping[str, Endpoint],
        *,
        served: Callable[[Endpoint], bool],
        changes: Changes,
    ) -> None:
        self._index = ResourceIndex(catalogue, served=served)
        self._reader = ResourceReader(client)
        self._sessions = SessionSubscriptions(changes)
        self._listening = Listening(self._index, changes)
        self._listed = types.ListResourcesResult(
            resources=[one.describe() for one in self._index.fixed], ttl_ms=_LIST_TTL_MS, cache_scope="public"
        )
        self._templates = types.ListResourceTemplatesResult(
            resource_templates=[one.describe_template() for one in self._index.templates],
            ttl_ms=_LIST_TTL_MS,
            cache_scope="public",
        )

    def attach(self, server: Server[Any]) -> None:
        """Have `server` answer with these; its capabilities say so from then on."""
        add = server.add_request_handler
        add("resources/list", types.PaginatedRequestParams, self.list_resources)
        add("resources/templates/list", types.PaginatedRequestParams, self.list_templates)
        add("resources/read", types.ReadResourceRequestParams, self.read)
        add("resources/subscribe", types.SubscribeRequestParams, self.subscribe)
        add("resources/unsubscribe", types.UnsubscribeRequestParams, self.unsubscribe)
        add("subscriptions/listen", types.SubscriptionsListenRequestParams, self._listening.listen)
        add("completion/complete", types.CompleteRequestParams, self.complete)

    async def list_resources(
        self, _: _Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """Answer `resources/list`: those with nothing to fill in; all fit on one page."""
        return self._listed

    async def list_templates(
        self, _: _Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """Answer `resources/templates/list`; those that have parameters stand in both lists."""
        return self._templates

    async def read(self, context: _Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        """Answer `resources/read`.

        Raises:
            MCPError: There is no such resource, or it cannot be read; `data` says why and when to come back.
        """
        target = self._find(context, params.uri)
        try:
            return await self._reader.read(params.uri, target, caller=caller_of(context))
        except SpotifyError as error:
            raise worded(error, params.uri, version=context.protocol_version) from error

    async def subscribe(self, context: _Context, params: types.SubscribeRequestParams) -> types.EmptyResult:
        """Answer `resources/subscribe`, of sessions.

        Raises:
            MCPError: There is no such resource, or the session subscribes to too many.
        """
        target = self._find(context, params.uri)
        try:
            self._sessions.of(context).add(params.uri, target)
        except SpotifyError as error:
            raise worded(error, params.uri, version=context.protocol_version) from error
        return types.EmptyResult()

    async def unsubscribe(self, context: _Context, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
        """Answer `resources/unsubscribe`; what was not subscribed to is no error."""
        self._sessions.of(context).remove(params.uri)
        return types.EmptyResult()

    async def complete(self, _: _Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        """Answer `completion/complete` where the catalogue knows all values of a template's parameter."""
        resource = self._index.template(params.ref.uri) if params.ref.type == "ref/resource" else None
        param = None if resource is None else resource.endpoint.param(params.argument.name)
        known = () if param is None else param.choices
        values = [value for value in known if value.startswith(params.argument.value)]
        return types.CompleteResult(completion=types.Completion(values=values, total=len(values), has_more=False))

    def _find(self, context: _Context, uri: str) -> Target:
        try:
            return self._index.find(uri)
        except SpotifyError as error:
            raise worded(error, uri, version=context.protocol_version) from error
