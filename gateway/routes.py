"""The REST mirror, derived from the catalogue: an unmodified Spotify client changes its base URL only."""

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.client import Reply, SpotifyClient
from gateway.endpoint import Endpoint
from gateway.errors import InvalidArgumentsError
from gateway.principal import LOCAL
from gateway.problem import JSON_TYPE

ALIASES: Mapping[str, Mapping[str, str]] = {"/v1": {}, "/api/v1": {"query": "q"}}
"""Prefixes of the mirror, each with the parameter names that it takes besides Spotify's."""


def routes(catalogue: Mapping[str, Endpoint], client: SpotifyClient) -> Iterator[web.RouteDef]:
    """Yield the routes of every entry, under each prefix."""
    for prefix, names in ALIASES.items():
        for endpoint in catalogue.values():
            handler = _handler(endpoint, client, names)
            # Spotify takes a slash at the end, and spotipy writes one in batch reads.
            for path in (endpoint.path, f"{endpoint.path}/"):
                yield web.route(endpoint.method, prefix + path, handler)


def _handler(endpoint: Endpoint, client: SpotifyClient, names: Mapping[str, str]) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        if request.body_exists:
            raise InvalidArgumentsError([f"{request.method} {request.path} takes no body; use the query"])
        reply = await client.call(endpoint.id, _arguments(request, names), principal=LOCAL)
        return _answer(reply)

    return handle


def _arguments(request: web.Request, names: Mapping[str, str]) -> Iterable[tuple[str, object]]:
    yield from request.match_info.items()
    for name, value in request.query.items():
        yield names.get(name, name), value


def _answer(reply: Reply) -> web.Response:
    return web.Response(
        status=HTTPStatus.OK,
        body=reply.body,
        headers={
            "Content-Type": JSON_TYPE,
            "Age": str(int(reply.age_s)),
            "X-Cache": reply.cache.upper(),
            "X-Upstream-Calls": str(reply.upstream_calls),
        },
    )
