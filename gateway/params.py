"""Checks a caller's arguments against an endpoint; what passes can be sent, what fails costs nothing."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

import orjson

from gateway.catalogue import path_params
from gateway.endpoint import Endpoint, Param
from gateway.errors import InvalidArgumentsError
from gateway.values import Value, ValueProblem, convert

Arguments = Mapping[str, Value]


# A named tuple, because every look into the cache hashes one: that of a dataclass is written in Python.
class UpstreamRequest(NamedTuple):
    """A request as Spotify gets it, without a token; `query` is sorted and not yet percent-encoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    body_type: str = "application/json"


def bind(endpoint: Endpoint, raw: Iterable[tuple[str, object]]) -> Arguments:
    """Check and convert what a caller sent.

    Args:
        endpoint: The operation that is called.
        raw: Names and values; texts from a URL, or texts, numbers and lists from JSON. None counts as absent.

    Returns:
        The given parameters under their documented names.

    Raises:
        InvalidArgumentsError: With every problem found, not only the first.
    """
    bound: dict[str, Value] = {}
    problems: list[str] = []
    for name, value in raw:
        param = endpoint.param(name)
        if param is None:
            known = ", ".join(param.name for param in endpoint.params) or "no parameters"
            problems.append(f"Unknown parameter {name[:40]!r}; {endpoint.id} takes {known}")
        elif param.name in bound:
            problems.append(f"{param.name} is given twice")
        elif value is not None:
            try:
                bound[param.name] = convert(param, value)
            except ValueProblem as problem:
                problems.append(f"{param.name}: {problem}")
                bound[param.name] = ""
    problems += [f"{param.name} is missing: {param.about}" for param in _missing(endpoint, bound)]
    problems = problems or [broken for rule in endpoint.rules if (broken := rule.complaint(bound))]
    if problems:
        raise InvalidArgumentsError(problems)
    return bound


def render(endpoint: Endpoint, arguments: Arguments) -> UpstreamRequest:
    """Put checked `arguments` into the endpoint's path, query and body."""
    in_path = path_params(endpoint.path)
    path = endpoint.path.format_map({name: quote(_text(arguments[name]), safe="") for name in in_path})
    query: dict[str, str] = {}
    body: dict[str, Value] = {}
    for param in endpoint.params:
        if param.name in in_path or param.name not in arguments or arguments[param.name] == param.default:
            continue
        if param.kind == "jpeg":
            picture = _text(arguments[param.name]).encode()
            return UpstreamRequest(endpoint.method, path, body=picture, body_type="image/jpeg")
        if param.place == "query":
            query[param.name] = _text(arguments[param.name])
        else:
            body[param.name] = arguments[param.name]
    content = orjson.dumps(body) if body else b""
    return UpstreamRequest(endpoint.method, path, tuple(sorted(query.items())), content)


def _missing(endpoint: Endpoint, bound: Arguments) -> Iterable[Param]:
    return (param for param in endpoint.params if param.required and param.name not in bound)


def _text(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return ",".join(value)
        case _:
            return str(value)
