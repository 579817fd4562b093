"""One call of a tool on its way to Spotify: in whose name, until when, and what it has cost so far.

All that it asks shares one deadline, so that many calls never take many times as long.
"""

import asyncio
from collections.abc import Callable, Sequence
from math import inf

from gateway.client import SpotifyClient
from gateway.errors import SpotifyError, UpstreamTimeoutError
from gateway.estimate import Estimate
from gateway.steps import Reply
from gateway.together import together
from gateway.triage import ALL, Verdict
from limiter import Priority
from tools.compat import Compat
from tools.failure import Failure, failure_of
from tools.outcome import Call, Got, HeldBackError, Miss, Outcome
from tools.tool import Read, ToolCall

_PATIENCE_S = 2.0
"""Seconds that an answer waits for what is only nice to know."""

_GRACE_S = 0.25
"""How much later than the client a call in time is given up: what the client says at its deadline tells more."""

_AFTER_FAILURE = "not sent, since an earlier part failed"
_TOO_LATE = "not sent, since the time for the whole call was over"
_NO_TIME = "The time of this call was over before this was sent; send it again"
_UNSURE = "Spotify did not answer in time and may have done it all the same; see spotify_status before a repeat"


class Errand:
    """What one tool call asks of Spotify.

    Args:
        client: Answers.
        call: Whose it is and how it shall be made.
        clock: Monotonic seconds.
        compat: In whose words it is answered.
        priority: How urgent it is if the caller does not say; None for what the endpoints say, and for bulk where
            many belong together.

    Attributes:
        deadline: When the caller gives up, by `clock`.
        upstream_calls: Requests that were sent for it, in vain or not.
    """

    def __init__(
        self,
        client: SpotifyClient,
        call: ToolCall,
        *,
        clock: Callable[[], float],
        compat: Compat,
        priority: Priority | None = None,
    ) -> None:
        options = call.options
        self._client = client
        self._call = call
        self._clock = clock
        self._usual = priority
        self.deadline = clock() + (client.deadline_s if options.deadline_s is None else options.deadline_s)
        self.compat = compat
        self.upstream_calls = 0
        self._replies: list[tuple[Call, Reply]] = []
        self._chances = 0

    @property
    def now(self) -> float:
        """The time."""
        return self._clock()

    @property
    def left_s(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self.deadline - self._clock())

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

    async def ask(self, call: Call, *, bulk: bool = False, refused: SpotifyError | None = None) -> Outcome:
        """Return what became of `call`; many that belong together are `bulk`, and give way to single ones.

        If it is `refused`, it is answered only if that takes no request.
        """
        return await self._ask(call, self.left_s, priority=self._priority(bulk=bulk), refused=refused)

    async def ask_besides(self, call: Call) -> Outcome:
        """Return what became of `call`, which is only nice to know: in part will do, and soon or not at all."""
        patience_s = min(self.left_s, _PATIENCE_S)
        return await self._ask(call, patience_s, priority=self._priority(bulk=False), partial_ok=True)

    async def ask_in_time(self, call: Call, *, patience_s: float = inf) -> Outcome:
        """Return what became of `call` within `patience_s` and the time that is left, even if it is not known."""
        time_s = min(patience_s, self.left_s)
        if time_s <= 0:
            return self._missed(UpstreamTimeoutError(_NO_TIME))
        try:
            # The client waits for the answer of a command that is on its way however long that takes.
            async with asyncio.timeout(time_s + _GRACE_S):
                return await self._ask(call, time_s, priority=self._priority(bulk=False))
        except TimeoutError:
            return self._missed(UpstreamTimeoutError(_UNSURE))

    async def ask_all(self, calls: Sequence[Call]) -> list[Outcome]:
        """Return what became of calls that do not depend on each other, made side by side.

        Those that cannot be answered in time are refused at once, and all that failed for want of budget are told
        when all of them can be had.
        """
        bulk, over = len(calls) > 1, 0
        verdict = self._triage(calls) if bulk else ALL
        ready_at = self._clock() + verdict.retry_after_s

        async def one(place: int, call: Call) -> Outcome:
            nonlocal over
            outcome = await self.ask(call, bulk=bulk, refused=verdict.refused.get(place))
            over += 1
            await self._call.progress(over, len(calls))
            return outcome

        outcomes = await together(one(place, call) for place, call in enumerate(calls))
        return [one.not_before(ready_at) if isinstance(one, Miss) else one for one in outcomes]

    async def ask_in_turn(self, calls: Sequence[Call]) -> list[Outcome]:
        """Return what became of calls that are made one after the other; after a failure none is sent."""
        outcomes: list[Outcome] = []
        for call in calls:
            outcomes.append(self._held_back(outcomes) or await self.ask(call, bulk=len(calls) > 1))
            if len(calls) > 1:
                await self._call.progress(len(outcomes), len(calls))
        return outcomes

    def estimate(self, calls: Sequence[Call]) -> Estimate | Miss:
        """Return what `calls` would cost, or why one of them would be refused without being sent."""
        try:
            return self._client.estimate(
                calls,
                principal=self._call.principal,
                deadline_s=self.left_s,
                priority=self._priority(bulk=len(calls) > 1),
                partial_ok=self._call.options.partial_ok,
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
        self,
        call: Call,
        deadline_s: float,
        *,
        priority: Priority | None,
        partial_ok: bool = False,
        refused: SpotifyError | None = None,
    ) -> Outcome:
        try:
            reply = await self._client.call(
                *call,
                principal=self._call.principal,
                deadline_s=deadline_s,
                priority=priority,
                partial_ok=partial_ok or self._call.options.partial_ok,
                refused=refused,
            )
        except SpotifyError as error:
            return self._missed(error)
        self.upstream_calls += reply.upstream_calls
        self._replies.append((call, reply))
        return Got(reply)

    def _missed(self, error: SpotifyError) -> Miss:
        self.upstream_calls += error.upstream_calls
        self._chances += 1
        return Miss(error, self._clock())

    def _triage(self, calls: Sequence[Call]) -> Verdict[int]:
        return self._client.triage(
            calls,
            principal=self._call.principal,
            deadline_s=self.left_s,
            priority=self._priority(bulk=True),
            partial_ok=self._call.options.partial_ok,
        )

    def _held_back(self, before: Sequence[Outcome]) -> Outcome | None:
        last = before[-1] if before else None
        if isinstance(last, Miss):
            return Miss(HeldBackError(_AFTER_FAILURE, retry_after_s=last.error.retry_after_s), last.at)
        if last and self.left_s <= 0:
            return Miss(HeldBackError(_TOO_LATE), self._clock())
        return None

    def _priority(self, *, bulk: bool) -> Priority | None:
        given = self._call.options.priority
        if given is not None:
            return given
        return Priority.BACKGROUND if bulk and self._usual is None else self._usual
