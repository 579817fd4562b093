"""One call that many reads may share: who boards is decided when its permit is there, and not before."""

from collections.abc import Callable, Mapping
from math import inf

from cache import Answer
from gateway.cargo import NobodyWaitsError, Parcel
from gateway.errors import SpotifyError, ThrottledError
from gateway.group import Group, Member
from gateway.loader import Loaded
from limiter import Priority


class Ride:
    """Implements `Cargo` for one class of a group. It asks with that class's urgency, and carries any.

    Args:
        group: Whose reads.
        priority: The class that asks.
        boarded: Called once, right after the reads have boarded.
        wait_s: Predicts the seconds until the last of so many further calls of this class may leave.

    Attributes:
        members: Who has boarded and not given up.
        shared: Whether what was packed is a batch read.
        promise: When the permit was predicted to come, once it has been asked for; inf if that no longer holds.
    """

    def __init__(
        self,
        group: Group,
        priority: Priority,
        *,
        boarded: Callable[["Ride"], None],
        wait_s: Callable[[int], float],
    ) -> None:
        self.group = group
        self.priority = priority
        self.members: list[Member] = []
        self.shared = False
        self.promise: float | None = None
        self.calls = 0
        self._boarded = boarded
        self._wait_s = wait_s

    @property
    def deadline(self) -> float:
        """See `Cargo`."""
        return min((member.deadline for member in self._concerned), default=-inf)

    @property
    def latest(self) -> float:
        """See `Cargo`."""
        return max((member.deadline for member in self._concerned), default=-inf)

    def outlives(self, until: float, error: SpotifyError) -> bool:
        """See `Cargo`; those with less time are told, the others go on."""
        late = [member for member in self._concerned if member.deadline <= until]
        if len(late) == len(self._concerned):
            return False
        if self.members:
            self.members = [member for member in self.members if member.deadline > until]
        else:
            error = self._turn_away(late, error)
        for member in late:
            member.resolve(error)
        return True

    def pack(self) -> Parcel:
        """See `Cargo`. One read alone leaves as it is, with what is known of its answer."""
        if not self.members:
            self.members = self.group.board()
            if not self.members:
                raise NobodyWaitsError
            for member in self.members:
                member.flight.commit()
            self._boarded(self)
        items, first = self.items, self.members[0]
        self.shared = len(items) > 1
        if not self.shared:
            return Parcel(first.endpoint, first.request, first.known)
        return Parcel(self.group.form.batch, self.group.form.request(items, self.group.query))

    def commit(self) -> None:
        """See `Cargo`; whoever has boarded is committed already."""

    @property
    def items(self) -> list[str]:
        """The ids on board, each once."""
        return list(dict.fromkeys(member.item for member in self.members))

    def land(self, answers: Mapping[str, Answer]) -> None:
        """Give each member its answer; the first one pays."""
        for member in self.members:
            member.resolve(Loaded(answers[member.item], self.calls))
            self.calls = 0

    def split_up(self) -> None:
        """Have each member read alone; the first one pays for the attempt."""
        self.members[0].calls += self.calls
        for member in self.members:
            member.resolve(None)

    def fail(self, error: Exception) -> None:
        """Give everybody the error whom this call was for; the first one who boarded pays."""
        if self.members:
            self.members[0].calls += self.calls
        for member in self._concerned:
            self.group.leave(member)
            member.resolve(error)

    @property
    def _concerned(self) -> list[Member]:
        return self.members or self.group.waiting(self.priority)

    def _turn_away(self, late: list[Member], error: SpotifyError) -> SpotifyError:
        """Take those out who cannot wait; they are told a longer wait, because the others come first."""
        self.promise = inf
        for member in late:
            self.group.leave(member)
        if not isinstance(error, ThrottledError):
            return error
        calls = self.group.calls_for(self.priority) + -(-len(late) // self.group.form.most)
        return error.later(self._wait_s(calls) - self._wait_s(1))
