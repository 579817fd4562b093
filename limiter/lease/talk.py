"""One node's memory of its talk with the store: what it asked, what it was told, what it still has to tell.

Nothing that has to be told is forgotten before an answer says that it was heard, and nothing is told twice.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from limiter.lease.holdings import Holdings
from limiter.lease.messages import Both, LeaseReply, LeaseRequest, Limit


@dataclass(frozen=True, slots=True)
class SharedPause:
    """A pause of the account, in this node's time.

    Attributes:
        until: when it ends. mark: what tells it apart from other pauses of its scope.
        probed_until: until when somebody is trying its end; in the past if nobody is.
    """

    until: float
    mark: int
    probed_until: float


class Talk:
    """Times are seconds on the node's clock.

    Attributes:
        node: name of this process.
        limit: the limit as known, or as proposed under the next version.
        asked: the question that was not answered yet. asked_at: when the latest one was first sent.
        joining: the store has to be told everything.
        epoch: the store's memory began with it; empty if it never answered.
        calls: calls to tell, by family. news: ends of pauses to tell, by scope.
        pauses: pauses of the account, by scope. sums: calls of the last 24 hours, by family.
    """

    def __init__(self, node: str, limit: Limit) -> None:
        self.node = node
        self.limit = limit
        self.asked: LeaseRequest | None = None
        self.asked_at = -inf
        self.joining = True
        self.epoch = ""
        self.calls: Counter[str] = Counter()
        self.news: dict[str, float] = {}
        self.pauses: Mapping[str, SharedPause] = {}
        self.sums: Mapping[str, int] = {}
        self._members: Mapping[str, int] = {}
        self._seq = 0

    def compose(
        self,
        now: float,
        held: Holdings,
        *,
        keep: int,
        want: Both,
        wait: Both,
        aged: bool,
        unused_bulk: int,
        ramp_at: float | None,
        floor: int,
    ) -> LeaseRequest:
        """The next question; what it tells counts as told once it is answered."""
        self._seq += 1
        told, joining = held.tell(), self.joining
        calls, self.calls = self.calls, Counter()
        return LeaseRequest(
            node=self.node,
            seq=self._seq,
            epoch=self.epoch,
            join=joining,
            home=held.returns(now) if joining else told,
            in_flight=held.in_flight,
            keep=keep,
            want=want,
            wait=wait,
            aged=aged,
            unused_bulk=unused_bulk,
            ramp_at=ramp_at,
            limit=self.limit,
            calls=calls,
            pauses=self._all_pauses() if joining else dict(self.news),
            floor=floor,
            members=self._members if joining else {},
            sums=self.sums if joining else {},
        )

    def heard(self, asked: LeaseRequest, reply: LeaseReply, now: float) -> bool:
        """Take note of the answer to `asked`; False if the store did nothing and has to be told everything."""
        self.asked = None
        if reply.status != "ok":
            self.calls.update(asked.calls)
            self.joining = True
            return False
        self.joining = False
        self.epoch = reply.epoch
        self._members = reply.members
        self.limit = max(reply.limit, self.limit, key=lambda limit: limit.version)
        self.sums = reply.sums
        self.pauses = {
            scope: SharedPause(now + told.rest / 1000, told.mark, now + told.probing / 1000)
            for scope, told in reply.pauses.items()
        }
        self.news = {scope: until for scope, until in self.news.items() if asked.pauses.get(scope) != until}
        return True

    def has_news(self, reply: LeaseReply) -> bool:
        """Something came up after the question was composed that others should hear of at once."""
        return bool(self.news) or self.limit.version > reply.limit.version

    def _all_pauses(self) -> dict[str, float]:
        known = {scope: pause.until for scope, pause in self.pauses.items()}
        return {scope: max(known.get(scope, -inf), self.news.get(scope, -inf)) for scope in {*known, *self.news}}
