"""The right to send one call; it has exactly one outcome, so a slot can neither leak nor come home twice."""

from types import TracebackType
from typing import ClassVar, Protocol, Self

from limiter.key import LimitKey
from limiter.path import Path


class Settler(Protocol):
    """Whoever granted a permit and acts on its outcome."""

    def answered(self, permit: "Permit") -> None:
        """The upstream answered, with anything but 429."""

    def throttled(self, permit: "Permit", retry_after_s: float | None, *, quota_exceeded: bool) -> None:
        """The upstream answered 429."""

    def lost(self, permit: "Permit") -> None:
        """The call left, and no answer came."""

    def unused(self, permit: "Permit") -> None:
        """The call never left."""


class Permit:
    """Permission to send one call now. Report one outcome; `with permit:` reports `lost` if the block did not.

    Only a limiter makes permits, by `Permit()` and two assignments: a call of `__init__` would be an eighth of
    what an uncontended permit costs (40 of 300 ns).

    Attributes:
        bulk: it was granted to a background or crawl call.
        path: the budgets that it spends from.
        reported: its outcome is known.
    """

    __slots__ = ("path", "reported")

    bulk: ClassVar[bool] = False
    path: Path
    reported: bool

    @property
    def key(self) -> LimitKey:
        """Whose budget it spends."""
        return self.path.key

    def answered(self) -> None:
        """A response head arrived, with any status but 429. The slot comes home one window from now.

        Raises:
            RuntimeError: an outcome was reported before.
        """
        self._report().answered(self)

    def throttled(self, retry_after_s: float | None, *, quota_exceeded: bool = False) -> None:
        """A 429 arrived: the slot is spent and a pause begins, for the client id or for an exhausted family.

        Args:
            retry_after_s: the response's Retry-After in seconds, None if it has none.
            quota_exceeded: the response names the long quota, not the rate limit, as its reason.

        Raises:
            RuntimeError: an outcome was reported before.
        """
        self._report().throttled(self, retry_after_s, quota_exceeded=quota_exceeded)

    def lost(self) -> None:
        """Bytes left this host but no response head came. The slot stays away longer, for the call may yet arrive.

        Raises:
            RuntimeError: an outcome was reported before.
        """
        self._report().lost(self)

    def unused(self) -> None:
        """Provably nothing left this host. The slot is free again at once.

        Raises:
            RuntimeError: an outcome was reported before.
        """
        self._report().unused(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.reported:
            self.lost()

    def _report(self) -> Settler:
        if self.reported:
            raise RuntimeError("this permit's outcome was already reported")
        self.reported = True
        return self.path.shard


class BulkPermit(Permit):
    """A permit for a background or crawl call."""

    __slots__ = ()

    bulk = True
