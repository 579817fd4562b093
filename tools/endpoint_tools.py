"""One tool for each operation of the catalogue; nothing is said here that the catalogue does not say."""

import orjson

from gateway.client import SpotifyClient
from gateway.endpoint import Endpoint
from gateway.errors import InvalidArgumentsError, SpotifyError, whole_seconds
from gateway.schema import object_of
from gateway.steps import Reply
from tools.tool import BadArguments, Tool, ToolCall, ToolResult


def endpoint_tool(endpoint: Endpoint, client: SpotifyClient) -> Tool:
    """Return the tool that calls `endpoint`; its text is what Spotify answers."""

    async def run(call: ToolCall) -> ToolResult:
        given, principal, options = call.arguments.items(), call.principal, call.options
        try:
            if options.dry_run:
                estimate = client.estimate([(endpoint.id, given)], principal=principal, **options.manner)
                return ToolResult(orjson.dumps(estimate).decode())
            return _answer(await client.call(endpoint.id, given, principal=principal, **options.manner))
        except InvalidArgumentsError as error:
            raise BadArguments(list(error.problems)) from error
        except SpotifyError as error:
            return _failure(error)

    reads = endpoint.method == "GET"
    return Tool(
        name=tool_name(endpoint),
        title=endpoint.summary,
        description=f"{endpoint.summary}. {_needs(endpoint)}".strip(),
        input_schema=object_of(endpoint.params),
        output_schema=None,
        run=run,
        read_only=reads,
        # Replacing the contents of a playlist, or removing things, loses what was there.
        destructive=not reads and endpoint.method != "POST",
        idempotent=reads or (endpoint.repeatable and endpoint.method != "POST"),
    )


def tool_name(endpoint: Endpoint) -> str:
    """Return the name of the tool of `endpoint`."""
    return endpoint.id.replace("-", "_")


def _needs(endpoint: Endpoint) -> str:
    return f"Needs a signed-in user with {', '.join(endpoint.scopes)}." if endpoint.scopes else ""


def _answer(reply: Reply) -> ToolResult:
    text = reply.body.decode() or "Done."
    if not reply.missing:
        return ToolResult(text)
    wait = f" Ask for those again in {whole_seconds(reply.retry_after_s)} s." if reply.retry_after_s else ""
    return ToolResult(f"{text}\nNot had in time: {', '.join(reply.missing)}.{wait}")


def _failure(error: SpotifyError) -> ToolResult:
    wait = f" Wait {whole_seconds(error.retry_after_s)} s." if error.retry_after_s is not None else ""
    return ToolResult(f"{error.code}: {error.message}{wait}", is_error=True)
