"""Finds or makes what a plain request is answered; a list or a repeat is there at once, a call takes its time."""

from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple

from mcp_types import RequestId

from tools.fast.encoding import Encoder
from tools.fast.memory import Memory
from tools.fast.question import Question
from tools.fast.repeats import Key, Repeats
from tools.runner import ToolRunner
from tools.tool import Tool, untold
from tools.transport.visit import Visit
from tools.view import View

_LISTS_KEPT: Final = 64


class Asked(NamedTuple):
    """A plain request.

    Attributes:
        id: Its JSON-RPC id.
        question: What its body says.
        view: The tools that its address means.
        tool: The tool to call; None if the tools are to be listed.
        version: The protocol revision.
        visit: Who asks, and by what way.
        has_options: Whether the caller says how the call is to be made.
    """

    id: RequestId
    question: Question
    view: View
    tool: Tool | None
    version: str
    visit: Visit
    has_options: bool


class Answers:
    """Makes whole JSON-RPC responses.

    Args:
        runner: Runs tools.
        encoder: Writes their answers.
        repeats: Answers that need no running.
        clock: Monotonic seconds.
    """

    def __init__(
        self, runner: ToolRunner, encoder: Encoder, *, repeats: Repeats, clock: Callable[[], float]
    ) -> None:
        self._runner = runner
        self._encoder = encoder
        self._repeats = repeats
        self._clock = clock
        self._lists: Memory[tuple[View, str], bytes] = Memory(_LISTS_KEPT)

    def to(self, asked: Asked) -> bytes | Coroutine[Any, Any, bytes]:
        """Return the response, or what makes it."""
        if asked.tool is None:
            return self._closed(asked, self._listed(asked.view, asked.version))
        key, started = _key(asked, asked.tool), self._clock()
        if key is None or (opened := self._repeats.get(key)) is None:
            return self._made(asked, asked.tool, key)
        self._runner.repeated(asked.tool, self._clock() - started)
        return self._closed(asked, opened)

    async def _made(self, asked: Asked, tool: Tool, key: Key | None) -> bytes:
        result = await self._runner.run(tool, asked.question.arguments, caller=asked.visit.caller, progress=untold)
        opened = self._encoder.called(result, asked.version)
        if key is not None and not result.more:
            self._repeats.put(key, opened, reads=result.reads)
        return self._closed(asked, opened)

    def _listed(self, view: View, version: str) -> bytes:
        listed = self._lists.get((view, version))
        if listed is None:
            listed = self._encoder.listed(view.listed, version)
            self._lists.learn((view, version), listed)
        return listed

    def _closed(self, asked: Asked, opened: bytes) -> bytes:
        return self._encoder.answer(asked.id, opened, asked.version)


def _key(asked: Asked, tool: Tool) -> Key | None:
    """Return what the answer hangs on; None if it hangs on more."""
    if asked.has_options:
        return None
    return tool.run, asked.visit.principal.id, asked.question.wording
