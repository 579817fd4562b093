"""Tells requests of MCP that are sure to fail for want of a scope from those that may work; nothing is sent."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mcp_types import JSONRPCRequest

from gateway.auth.scopes import lacking
from gateway.endpoint import Endpoint
from gateway.errors import InvalidArgumentsError, SpotifyError
from gateway.params import bind
from gateway.principal import Principal
from tools.outcome import Call
from tools.resources.index import ResourceIndex
from tools.tool import Tool
from tools.view import UnknownSelectionError, Views

_CALL: Final = "tools/call"
_READ: Final = "resources/read"


class ToolEntitlements:
    """What tools and resources need, as `tools.transport.Entitlements`.

    Of a request that makes several calls one that may work is enough: the tool tells what of it failed.

    Args:
        views: The tools.
        catalogue: What they call.
    """

    def __init__(self, views: Views, catalogue: Mapping[str, Endpoint]) -> None:
        self._views = views
        self._catalogue = catalogue
        self._resources = ResourceIndex(catalogue, served=lambda _: True)

    def lacking(self, message: JSONRPCRequest, selection: str, *, principal: Principal) -> Sequence[str]:
        """See `Entitlements.lacking`."""
        granted, params = principal.scopes, message.params or {}
        if granted is None or message.method not in {_CALL, _READ}:
            return ()
        try:
            calls = self._called(params, selection) if message.method == _CALL else self._read(params)
        except (SpotifyError, UnknownSelectionError):
            return ()
        return sorted(self._wanted(calls, granted))

    def permits(self, tool: Tool, arguments: Mapping[str, Any], granted: frozenset[str]) -> bool:
        """Tell whether `tool` may work, for which `lacking` names no scopes then."""
        return not self._wanted(_calls_of(tool, arguments), granted)

    def _called(self, params: Mapping[str, Any], selection: str) -> Sequence[Call]:
        name, arguments = params.get("name"), params.get("arguments") or {}
        tool = self._views.view(selection).find(name) if isinstance(name, str) else None
        return _calls_of(tool, arguments) if tool is not None and isinstance(arguments, dict) else ()

    def _read(self, params: Mapping[str, Any]) -> Sequence[Call]:
        uri = params.get("uri")
        if not isinstance(uri, str):
            return ()
        target = self._resources.find(uri)
        return [(target.resource.endpoint.id, target.given)]

    def _wanted(self, calls: Sequence[Call], granted: frozenset[str]) -> frozenset[str]:
        wanted: set[str] = set()
        for endpoint_id, given in calls:
            endpoint = self._catalogue[endpoint_id]
            try:
                arguments = bind(endpoint, given)
            except InvalidArgumentsError:
                return frozenset()
            missing = lacking(endpoint, arguments, granted)
            if not missing:
                return frozenset()
            # With those that it has: a client asks for what it is told, and may get no more than that.
            wanted |= {*missing, *granted.intersection(lacking(endpoint, arguments, frozenset()))}
        return frozenset(wanted)


def _calls_of(tool: Tool, arguments: Mapping[str, Any]) -> Sequence[Call]:
    try:
        return tool.calls(arguments)
    except Exception:  # noqa: BLE001 - whatever is wrong with a call, its tool says so, and is observed, when it runs
        return ()
