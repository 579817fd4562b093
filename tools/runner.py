"""Runs one tool for one caller; whatever happens in it is answered and observed, cancellation alone goes on."""

from collections.abc import Callable, Mapping

from gateway.errors import InvalidArgumentsError
from gateway.options import CallOptions, options_of
from tools.observer import Outcome, ToolObserver
from tools.tool import BadArguments, Progress, Tool, ToolCall, ToolResult
from tools.transport.caller import Caller

_CRASHED = "{} failed inside the gateway, whose log has the cause; try again"


class ToolRunner:
    """Answers calls; `clock` is monotonic seconds."""

    def __init__(self, *, observer: ToolObserver, clock: Callable[[], float]) -> None:
        self._observer = observer
        self._clock = clock

    async def run(
        self, tool: Tool, arguments: Mapping[str, object], *, caller: Caller, progress: Progress
    ) -> ToolResult:
        """Return the answer of `tool` to `arguments`, unchecked as they came."""
        started = self._clock()
        outcome: Outcome = "cancelled"
        try:
            result = await tool.run(ToolCall(arguments, caller.principal, _options(caller), progress))
            outcome = "error" if result.is_error else "ok"
        except BadArguments as error:
            # Revision 2025-11-25 (SEP-1303): an agent can mend its arguments if it is told as a result.
            outcome, result = "invalid", ToolResult(_complaint(tool, error), is_error=True)
        except Exception as error:  # noqa: BLE001 - the top handler
            outcome, result = "crashed", ToolResult(_CRASHED.format(tool.name), is_error=True)
            self._observer.crashed(tool.name, error)
        finally:
            self._observer.called(tool.name, outcome, self._clock() - started)
        return result

    def repeated(self, tool: Tool, seconds: float) -> None:
        """Report a call that was answered, in `seconds`, with what an earlier one had answered."""
        self._observer.called(tool.name, "ok", seconds)


def _options(caller: Caller) -> CallOptions:
    try:
        return options_of(caller.headers)
    except InvalidArgumentsError as error:
        raise BadArguments(list(error.problems)) from error


def _complaint(tool: Tool, error: BadArguments) -> str:
    known = ", ".join(tool.input_schema.get("properties", {})) or "no arguments"
    lines = [f"- {problem}" for problem in error.problems]
    return "\n".join(
        [f"{tool.name} was not called; mend its arguments and call again:", *lines, f"It takes: {known}."]
    )
