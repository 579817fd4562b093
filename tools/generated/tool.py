"""Makes the tools of the operations that an app can use; their text is what Spotify answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from gateway.client import SpotifyClient
from gateway.endpoint import Auth, Endpoint
from gateway.errors import InvalidArgumentsError, SpotifyError, whole_seconds
from gateway.rule_words import told
from gateway.steps import Reply
from tools.failure import failure_of
from tools.generated.names import NAMES
from tools.generated.schema import input_schema
from tools.generated.words import DEFAULTS, OVERWRITES, VARIANTS, Variant, synonyms_of
from tools.outcome import Call
from tools.tool import BadArguments, Read, Tool, ToolCall, ToolResult

_TUNING = "min_, max_ and target_ bound or aim at an audio attribute; most run from 0 to 1."
"""Stands once for the 42 parameters of a recommendation that are alike."""


@dataclass(frozen=True, slots=True)
class Generated:
    """The tools of one operation.

    Attributes:
        operation: Its id in the catalogue.
        tool: The one that is listed.
        variants: Further ones that answer whoever knows them.
    """

    operation: str
    tool: Tool
    variants: tuple[Tool, ...]


def generate(
    catalogue: Iterable[Endpoint], client: SpotifyClient, *, served: Callable[[Endpoint], bool]
) -> tuple[Generated, ...]:
    """Return the tools of those operations of `catalogue` that are `served`, in its order."""
    return tuple(generated(endpoint, client) for endpoint in catalogue if served(endpoint))


def generated(endpoint: Endpoint, client: SpotifyClient) -> Generated:
    """Return the tools that call `endpoint`."""
    variants = (_variant(endpoint, client, variant) for variant in VARIANTS.get(endpoint.id, ()))
    return Generated(endpoint.id, endpoint_tool(endpoint, client), tuple(variants))


def endpoint_tool(endpoint: Endpoint, client: SpotifyClient) -> Tool:
    """Return the tool that calls `endpoint`."""
    return _tool(endpoint, client, name=NAMES[endpoint.id], fixed={})


def _variant(endpoint: Endpoint, client: SpotifyClient, variant: Variant) -> Tool:
    return _tool(endpoint, client, name=variant.name, fixed=variant.fixed)


def _tool(endpoint: Endpoint, client: SpotifyClient, *, name: str, fixed: Mapping[str, object]) -> Tool:
    reads = endpoint.method == "GET"
    return Tool(
        name=name,
        title=name.replace("_", " ").capitalize().replace("spotify", "Spotify"),
        description=" ".join(_sentences(endpoint)),
        input_schema=input_schema(endpoint, without=fixed),
        output_schema=None,
        run=partial(_run, endpoint, client, fixed),
        calls=partial(_calls, endpoint, fixed),
        kinds=[(endpoint.id, [*fixed.items()])],
        read_only=reads,
        destructive=endpoint.method == "DELETE" or endpoint.id in OVERWRITES,
        idempotent=reads or (endpoint.repeatable and endpoint.method != "POST"),
    )


def _sentences(endpoint: Endpoint) -> Iterator[str]:
    yield f"{endpoint.summary}."
    yield from filter(None, (told(rule) for rule in endpoint.rules))
    if any(param.name.startswith("target_") for param in endpoint.params):
        yield _TUNING
    if endpoint.auth is Auth.USER:
        yield "Needs a signed-in user."


async def _run(
    endpoint: Endpoint, client: SpotifyClient, fixed: Mapping[str, object], call: ToolCall
) -> ToolResult:
    principal, options = call.principal, call.options
    given = [*_given(endpoint, call.arguments, fixed)]
    try:
        if options.dry_run:
            estimate = client.estimate([(endpoint.id, given)], principal=principal, **options.manner)
            return ToolResult(orjson.dumps(estimate).decode())
        reply = await client.call(endpoint.id, given, principal=principal, **options.manner)
    except InvalidArgumentsError as error:
        raise BadArguments(list(error.problems)) from error
    except SpotifyError as error:
        return _failure(error)
    return ToolResult(_text(reply), reads=partial(_reads, client, call, (endpoint.id, given), reply))


def _reads(
    client: SpotifyClient, call: ToolCall, asked: tuple[str, list[tuple[str, object]]], reply: Reply
) -> Sequence[Read]:
    """Return the read that an answer is, if it came from the cache as it is."""
    if reply.cache != "hit" or reply.missing:
        return ()
    memo = client.memo(*asked, principal=call.principal)
    return () if memo is None else (Read(memo, reply.body),)


def _calls(endpoint: Endpoint, fixed: Mapping[str, object], arguments: Mapping[str, Any]) -> Sequence[Call]:
    return [(endpoint.id, [*_given(endpoint, arguments, fixed)])]


def _given(
    endpoint: Endpoint, arguments: Mapping[str, Any], fixed: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    """Yield the arguments under the catalogue's names; one that comes twice stays twice, for that is a mistake."""
    synonyms = synonyms_of(endpoint)
    given = [(synonyms.get(name, name), value) for name, value in arguments.items()]
    yield from given
    yield from fixed.items()
    present = {name for name, value in given if value is not None} | {*fixed}
    yield from ((name, value) for name, value in DEFAULTS.get(endpoint.id, {}).items() if name not in present)


def _text(reply: Reply) -> str:
    # Never as structure too: the protocol wants the text anyway, and twice the words cost an agent twice.
    text = reply.body.decode() or "Done."
    if not reply.missing:
        return text
    wait = f" Ask for those again in {whole_seconds(reply.retry_after_s)} s." if reply.retry_after_s else ""
    return f"{text}\nNot had in time: {', '.join(reply.missing)}.{wait}"


def _failure(error: SpotifyError) -> ToolResult:
    text = f"{error.code}: {error.message}"
    if error.retry_after_s is not None:
        wait = f"Try again in {whole_seconds(error.retry_after_s)} s."
        text = text if text.endswith(wait) else f"{text} {wait}"
    return ToolResult(text, dict(failure_of(error)), is_error=True)
