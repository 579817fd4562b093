"""One call of a tool on its way to Spotify: in whose name, until when, and what it has cost so far."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from gateway.client import SpotifyClient
from gateway.errors import SpotifyError
from gateway.steps import Reply
from gateway.together import together
from limiter import Priority
from tools.compat import Compat
from tools.failure import Failure, failure_of
from tools.tool import Read, ToolCall

Call = tuple[str, Sequence[tuple[str, object]]]
"""An endpoint's id and what it is given."""


class Got(NamedTuple):
    """A call that worked; the answer's JSON, None if it has none."""

    document: Any


class Miss(NamedTuple):
    """A call that failed, why, and when that was known."""

    error: SpotifyError
    at: float


Outcome = Got | Miss
"""What became of one call to Spotify."""


def document_of(outcomes: Iterable[Outcome]) -> Any:
    """Return the first answer; None if there is none, or if it is empty."""
    return next((outcome.document for outcome in outcomes if isinstance(outcome, Got)), None)


class HeldBackError(SpotifyError):
    """It was not sent, because of what came before it."""

    code = "not_sent"


_PATIENCE_S = 2.0
"""Seconds that an answer waits for what is only nice to know."""

_AFTER_FAILURE = "not sent, since an earlier part failed"
_TOO_LATE = "not sent, since the time for the whole call was over"


class Errand:
    """What one tool call asks of Spotify.

    Args:
        client: Answers.
        call: Whose it is and how it shall be made.
        clock: Monotonic seconds.
        compat: In whose words it is answered.
    """

    def __init__(
        self, client: SpotifyClient, call: ToolCall, *, clock: Callable[[], float], compat: Compat
    ) -> None:
        options = call.options
        self._client = client
        self._call = call
        self._clock = clock
        self._deadline = clock() + (client.deadline_s if options.deadline_s is None else options.deadline_s)
        self.compat = compat
        self._replies: list[tuple[Call, Reply]] = []
        self._chances = 0

    @property
    def upstream_calls(self) -> int:
        """Requests that were sent for it and answered."""
        return sum(reply.upstream_calls for _, reply in self._replies)

    def reads(self) -> Sequence[Read]:
        """Return what was read, if all of it came from the cache and nothing else decided about the answer."""
        if self._chances or any(reply.cache != "hit" for _, reply in self._replies):
            return ()
        memos = [
            (self._client.memo(*call, principal=self._call.principal), reply) for call, reply in self._replies
        ]
        found = [Read(memo, reply.body) for memo, reply in memos if memo is not None]
        return found if len(found) == len(memos) else ()

    def failure(self, miss: Miss) -> Failure:
        """Return what is told of `miss` now."""
        return failure_of(miss.error, waited_s=self._clock() - miss.at, compat=self.compat)

    async def ask(self, call: Call, *, bulk: bool = False) -> Outcome:
        """Return what became of `call`; many that belong together are `bulk`, and give way to single ones."""
        return await self._ask(call, self._left_s(), priority=self._priority(bulk=bulk))

    async def ask_besides(self, call: Call) -> Outcome:
        """Return what became of `call`, which is only nice to know: in part will do, and soon or not at all."""
        patience_s = min(self._left_s(), _PATIENCE_S)
        return await self._ask(call, patience_s, priority=self._priority(bulk=False), partial_ok=True)

    async def ask_all(self, calls: Sequence[Call]) -> list[Outcome]:
        """Return what became of calls that do not depend on each other, made side by side."""
        bulk = len(calls) > 1
        return await together(self.ask(call, bulk=bulk) for call in calls)

    async def ask_in_turn(self, calls: Sequence[Call]) -> list[Outcome]:
        """Return what became of calls that are made one after the other; after a failure none is sent."""
        outcomes: list[Outcome] = []
        for call in calls:
            outcomes.append(self._held_back(outcomes) or await self.ask(call, bulk=len(calls) > 1))
            if len(calls) > 1:
                await self._call.progress(len(outcomes), len(calls))
        return outcomes

    def estimate(self, calls: Sequence[Call]) -> Outcome:
        """Return what `calls` would cost, or why one of them would be refused without being sent."""
        try:
            return Got(
                self._client.estimate(
                    calls,
                    principal=self._call.principal,
                    deadline_s=self._left_s(),
                    priority=self._priority(bulk=len(calls) > 1),
                )
            )
        except SpotifyError as error:
            return Miss(error, self._clock())

    def affords(self, call: Call, *, calls: int) -> bool:
        """Tell whether what is only nice to know can be had at once for at most `calls` calls."""
        # The budget decides, which is another one for the next who asks.
        self._chances += 1
        try:
            estimate = self._client.estimate([call], principal=self._call.principal, partial_ok=True)
        except SpotifyError:
            return False
        return estimate["upstream_calls"] <= calls and not estimate["done_s"]

    async def _ask(
        self, call: Call, deadline_s: float, *, priority: Priority | None, partial_ok: bool = False
    ) -> Outcome:
        try:
            reply = await self._client.call(
                *call,
                principal=self._call.principal,
                deadline_s=deadline_s,
                priority=priority,
                partial_ok=partial_ok or self._call.options.partial_ok,
            )
        except SpotifyError as error:
            self._chances += 1
            return Miss(error, self._clock())
        self._replies.append((call, reply))
        return Got(_json(reply.body))

    def _held_back(self, before: Sequence[Outcome]) -> Outcome | None:
        last = before[-1] if before else None
        if isinstance(last, Miss):
            return Miss(HeldBackError(_AFTER_FAILURE, retry_after_s=last.error.retry_after_s), last.at)
        if last and self._left_s() <= 0:
            return Miss(HeldBackError(_TOO_LATE), self._clock())
        return None

    def _left_s(self) -> float:
        return max(0.0, self._deadline - self._clock())

    def _priority(self, *, bulk: bool) -> Priority | None:
        given = self._call.options.priority
        return Priority.BACKGROUND if given is None and bulk else given


def _json(body: bytes) -> Any:
    """Return what `body` says; None for no body, and for the words that some writes are answered with."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
