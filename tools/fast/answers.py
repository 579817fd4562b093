"""Finds or makes what a plain request is answered; a list or a repeat is there at once, a call takes its time."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from tools.fast.encoding import Encoder
from tools.fast.inquiry import Inquiry
from tools.fast.memory import Memory
from tools.fast.repeats import Key, Repeats
from tools.runner import ToolRunner
from tools.tool import Tool, untold
from tools.transport.outcome import broken
from tools.view import View

_LISTS_KEPT: Final = 64


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

    def to(self, inquiry: Inquiry) -> bytes | Coroutine[Any, Any, bytes]:
        """Return the response, or what makes it."""
        tool, started = inquiry.tool, self._clock()
        if tool is None:
            return self._closed(inquiry, self._listed(inquiry.view, inquiry.version))
        if inquiry.letter.has_options:
            return self._made(inquiry, tool, None)
        key = tool.run, inquiry.visit.principal, inquiry.question.wording
        opened = self._repeats.get(key)
        if opened is None:
            return self._made(inquiry, tool, key)
        self._runner.repeated(tool, self._clock() - started)
        return self._closed(inquiry, opened)

    async def _made(self, inquiry: Inquiry, tool: Tool, key: Key | None) -> bytes:
        arguments, caller = inquiry.question.arguments, inquiry.visit.caller
        result = await self._runner.run(tool, arguments, caller=caller, progress=untold)
        try:
            opened = self._encoder.called(result, inquiry.version)
        except Exception as error:  # noqa: BLE001 - the top handler: the tool has run, so the call ends here
            return broken(inquiry.id, error).body
        if key is not None and not result.more:
            self._repeats.put(key, opened, reads=result.reads)
        return self._closed(inquiry, opened)

    def _listed(self, view: View, version: str) -> bytes:
        listed = self._lists.get((view, version))
        if listed is None:
            listed = self._encoder.listed(view.listed, version)
            self._lists.learn((view, version), listed)
        return listed

    def _closed(self, inquiry: Inquiry, opened: bytes) -> bytes:
        return self._encoder.answer(inquiry.id, opened, inquiry.version)
