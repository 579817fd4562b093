"""The record of every call that reached the simulator, the evidence that tests judge a client by."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from aiohttp import web

CAPACITY: Final = 100_000


@dataclass(slots=True, kw_only=True)
class Call:
    """One call.

    Attributes:
        at: arrival in seconds of the simulator's clock.
        method: HTTP method.
        path: path without the query, such as `/v1/search`.
        query: query string as it was sent.
        status: status sent; None while the call is in flight or when its connection was dropped.
        counted: whether it occupied the rate window.
        fault: name of the fault that struck it.
    """

    at: float
    method: str
    path: str
    query: str
    status: int | None = None
    counted: bool = False
    fault: str | None = None


class CallLog:
    """The last 100,000 calls in order of arrival; `refused` goes on counting beyond that."""

    __slots__ = ("_calls", "_refused")

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=CAPACITY)
        self._refused = 0

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls, oldest first."""
        return tuple(self._calls)

    @property
    def refused(self) -> int:
        """How many 429s were sent, by the window, a quota or a fault."""
        return self._refused

    def arrive(self, call: Call) -> None:
        """Record an arrival."""
        self._calls.append(call)

    def answer(self, call: Call, status: int) -> None:
        """Record the status a call was answered with."""
        call.status = status
        self._refused += status == web.HTTPTooManyRequests.status_code

    def count(self, path_prefix: str = "/") -> int:
        """How many recorded calls have a path that starts with `path_prefix`."""
        return sum(call.path.startswith(path_prefix) for call in self._calls)

    def worst_window(self, window_s: float) -> int:
        """The most counted arrivals in any interval `(t - window_s, t]`."""
        worst = 0
        inside: deque[float] = deque()
        for call in self._calls:
            if not call.counted:
                continue
            inside.append(call.at)
            while inside[0] + window_s <= call.at:
                inside.popleft()
            worst = max(worst, len(inside))
        return worst

    def clear(self) -> None:
        """Forget all calls and refusals; the rate window itself is untouched."""
        self._calls.clear()
        self._refused = 0


CALL_LOG: Final = web.AppKey("CALL_LOG", CallLog)
"""Where an application made by `create_app` keeps its log."""
