"""Checks a caller's arguments against an endpoint; what passes can be sent, what fails costs nothing."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from gateway.catalogue import path_params
from gateway.endpoint import Endpoint, Kind, Param
from gateway.errors import InvalidArgumentsError

Value = str | int | tuple[str, ...]
Arguments = Mapping[str, Value]

_ID = re.compile(r"[0-9A-Za-z]{22}")
_MARKET = re.compile(r"[A-Z]{2}")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_LONGEST_TEXT = 1000


class _Problem(Exception):  # noqa: N818 - never leaves this module
    """One sentence about one value."""


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """A request as Spotify gets it, without a token; `query` is sorted and not yet percent-encoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]


def bind(endpoint: Endpoint, raw: Iterable[tuple[str, object]]) -> Arguments:
    """Check and convert what a caller sent.

    Args:
        endpoint: The operation that is called.
        raw: Names and values; texts from a URL, or texts, numbers and lists from JSON. None counts as absent.

    Returns:
        The given parameters under their documented names; defaults are left to Spotify, since they differ
        between profiles.

    Raises:
        InvalidArgumentsError: With every problem found, not only the first.
    """
    bound: dict[str, Value] = {}
    problems: list[str] = []
    for name, value in raw:
        param = endpoint.param(name)
        if param is None:
            known = ", ".join(param.name for param in endpoint.params)
            problems.append(f"Unknown parameter {name[:40]!r}; {endpoint.id} takes {known}")
        elif param.name in bound:
            problems.append(f"{param.name} is given twice")
        elif value is not None:
            try:
                bound[param.name] = _CONVERT[param.kind](param, value)
            except _Problem as problem:
                problems.append(f"{param.name}: {problem}")
                bound[param.name] = ""
    problems += [
        f"{param.name} is missing: {param.about}"
        for param in endpoint.params
        if param.required and param.name not in bound
    ]
    if problems:
        raise InvalidArgumentsError(problems)
    return bound


def render(endpoint: Endpoint, arguments: Arguments) -> UpstreamRequest:
    """Put checked `arguments` into the endpoint's path and query."""
    defaults = {param.name: param.default for param in endpoint.params}
    texts = {
        name: ",".join(value) if isinstance(value, tuple) else str(value)
        for name, value in arguments.items()
        if value != defaults[name]
    }
    in_path = path_params(endpoint.path)
    path = endpoint.path.format_map({name: quote(texts[name], safe="") for name in in_path})
    return UpstreamRequest(
        endpoint.method, path, tuple(sorted((n, text) for n, text in texts.items() if n not in in_path))
    )


def _text(param: Param, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Problem("must be a text that is not empty")
    if len(value) > _LONGEST_TEXT:
        raise _Problem(f"must not be longer than {_LONGEST_TEXT} characters")
    if param.choices and value not in param.choices:
        raise _Problem(f"must be {_either(param.choices)}, not {value[:40]!r}")
    return value


def _integer(param: Param, value: object) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Problem(f"must be a whole number, not {str(value)[:40]!r}")
    if value < param.minimum or (param.maximum is not None and value > param.maximum):
        upper = "up" if param.maximum is None else f"to {param.maximum}"
        raise _Problem(f"must be a number from {param.minimum} {upper}, not {value}")
    return value


def _words(param: Param, value: object) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(_members(value)))
    for word in words:
        if word not in param.choices:
            raise _Problem(f"may hold {_either(param.choices)}, not {word[:40]!r}")
    return words


def _identifier(_: Param, value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _Problem(f"must be a Spotify id (22 letters and digits), not {str(value)[:60]!r}")
    return value


def _identifiers(param: Param, value: object) -> tuple[str, ...]:
    ids = tuple(_identifier(param, member) for member in _members(value))
    if param.maximum is not None and len(ids) > param.maximum:
        raise _Problem(f"takes at most {param.maximum} ids, not {len(ids)}; ask in several calls")
    return ids


def _market(_: Param, value: object) -> str:
    if not isinstance(value, str) or not _MARKET.fullmatch(value):
        raise _Problem(f"must be a country as two capital letters, for example US, not {str(value)[:40]!r}")
    return value


def _members(value: object) -> list[str]:
    members = value.split(",") if isinstance(value, str) else value
    if not isinstance(members, list | tuple) or not members:
        raise _Problem("must be a list that is not empty")
    texts = [str(member).strip() for member in members]
    if not all(texts):
        raise _Problem("must not hold empty members")
    return texts


def _either(choices: tuple[str, ...]) -> str:
    return choices[0] if len(choices) == 1 else f"{', '.join(choices[:-1])} or {choices[-1]}"


_CONVERT: Mapping[Kind, Callable[[Param, object], Value]] = {
    "string": _text,
    "integer": _integer,
    "csv": _words,
    "id": _identifier,
    "ids": _identifiers,
    "market": _market,
}
