"""The REST mirror, derived from the catalogue: an unmodified Spotify client changes its base URL only."""

from collections.abc import Iterator, Mapping
from typing import Final

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.callers import PRINCIPAL
from gateway.client import SpotifyClient
from gateway.endpoint import Endpoint, Param
from gateway.errors import InvalidArgumentsError, whole_seconds
from gateway.estimate import Estimate
from gateway.options import DRY_RUN, PARTIAL, options_of
from gateway.problem import JSON_TYPE
from gateway.ratelimit import fields_of
from gateway.steps import Reply
from limiter import LimitStatus

ALIASES: Mapping[str, Mapping[str, str]] = {"/v1": {}, "/api/v1": {"query": "q"}}
"""Prefixes of the mirror, each with the parameter names that it takes besides Spotify's."""

COST: Final = "X-Upstream-Calls"
"""Header that tells how many requests a call, and nobody else's, has sent."""

CALLED = web.RequestKey("called", Endpoint)
"""The operation that a request of the mirror asks for, once it is known."""

ASKED = web.RequestKey("asked", list[tuple[str, object]])
"""With which arguments, if it was carried out and not only estimated."""


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
        request[CALLED] = endpoint
        options = options_of(request.headers)
        queried: list[tuple[str, object]] = [
            (names.get(name, name), value) for name, value in request.query.items()
        ]
        body = await _body(endpoint, request)
        if misplaced := [*_misplaced(endpoint, queried, "body"), *_misplaced(endpoint, body, "query")]:
            raise InvalidArgumentsError(misplaced)
        arguments = [*request.match_info.items(), *queried, *body]
        principal = request[PRINCIPAL]
        if options.dry_run:
            estimate = client.estimate([(endpoint.id, arguments)], principal=principal, **options.manner)
            return _told(estimate, client.budget(endpoint))
        request[ASKED] = arguments
        reply = await client.call(endpoint.id, arguments, principal=principal, **options.manner)
        return answer_of(reply, fields_of(client.budget(endpoint)))

    return handle


async def _body(endpoint: Endpoint, request: web.Request) -> list[tuple[str, object]]:
    if not request.body_exists:
        return []
    if not endpoint.takes_body:
        raise InvalidArgumentsError([f"{request.method} {request.path} takes no body; use the query"])
    content = await request.read()
    if picture := next((param for param in endpoint.params if param.kind == "jpeg"), None):
        return [(picture.name, content.decode("ascii", "replace"))]
    try:
        document = orjson.loads(content or b"{}")
    except orjson.JSONDecodeError as error:
        raise InvalidArgumentsError([f"The body is not JSON: {error}"]) from None
    if isinstance(document, dict):
        return list(document.items())
    if isinstance(document, list) and endpoint.bare_list is not None:
        return [(endpoint.bare_list.name, document)]
    raise InvalidArgumentsError(["The body must be a JSON object"])


def _misplaced(endpoint: Endpoint, given: list[tuple[str, object]], elsewhere: str) -> Iterator[str]:
    """Name the parameters that Spotify would overlook, because they travel in the other place."""
    for name, _ in given:
        param: Param | None = endpoint.param(name)
        if param is not None and param.place == elsewhere:
            yield f"{name} goes in the {elsewhere}"


def answer_of(reply: Reply, budget: Mapping[str, str]) -> web.Response:
    """Return `reply` as a caller of the mirror gets it, with its cost; `budget` tells in headers what is left."""
    return web.Response(status=reply.status, body=reply.body or None, headers=headers_of(reply, budget))


def headers_of(reply: Reply, budget: Mapping[str, str]) -> dict[str, str]:
    """Return what the headers of `answer_of` say."""
    headers = {
        **budget,
        "Age": str(int(reply.age_s)),
        "X-Cache": reply.cache.upper(),
        COST: str(reply.upstream_calls),
    }
    if reply.body:
        headers["Content-Type"] = JSON_TYPE
    if reply.partial:
        headers[PARTIAL] = "1"
    if reply.missing:
        headers["X-Missing-Ids"] = ",".join(reply.missing)
    if reply.retry_after_s is not None:
        headers["Retry-After"] = str(whole_seconds(reply.retry_after_s))
    return headers


def _told(estimate: Estimate, budget: LimitStatus) -> web.Response:
    headers = {
        **fields_of(budget),
        "Age": "0",
        "Content-Type": JSON_TYPE,
        "X-Cache": "MISS" if estimate["upstream_calls"] else "HIT",
        DRY_RUN: "1",
        COST: "0",
    }
    return web.Response(body=orjson.dumps(estimate), headers=headers)
