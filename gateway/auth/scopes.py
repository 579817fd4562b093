"""stub until merged"""

from collections.abc import Mapping

from gateway.endpoint import Endpoint


def lacking(endpoint: Endpoint, arguments: Mapping[str, object], granted: frozenset[str]) -> tuple[str, ...]:
    del arguments
    return tuple(s for s in endpoint.scopes if s not in granted) if endpoint.auth == "user" else ()
