"""The right to send one call; it has exactly one outcome, so a slot can neither leak nor come home twice."""

from types import TracebackType
from typing import Final, NoReturn, Protocol, Self

from limiter.key import LimitKey


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


class _Reported:
    """Settles permits that are settled already: not at all."""

    __slots__ = ()

    def _again(self, *_: object, **__: object) -> NoReturn:
        raise RuntimeError("this permit's outcome was already reported")

    answered = throttled = lost = unused = _again


_REPORTED: Final = _Reported()


class Permit:
    """Permission to send one call now. Report one outcome; `with permit:` reports `lost` if the block did not.

    Attributes:
        key: whose budget it spends.
        waited_s: seconds from the request to the grant.
    """

    __slots__ = ("_settler", "key", "waited_s")

    def __init__(self, settler: Settler, key: LimitKey, waited_s: float = 0.0) -> None:
        self._settler = settler
        self.key = key
        self.waited_s = waited_s

    def answered(self) -> None:
        """A response head arrived, with any status but 429. The slot comes home one window from now.

        Raises:
            RuntimeError: an outcome was reported before.
        """
        settler, self._settler = self._settler, _REPORTED
        settler.answered(self)

    def throttled(self, retry_after_s: float | None, *, quota_exceeded: bool = False) -> None:
        """A 429 arrived: the slot is spent and a pause begins, for the client id or for an exhausted family.

        Args:
            retry_after_s: the response's Retry-After in seconds, None if it has none.
            quota_exceeded: the response names the long quota, not the rate limit, as its reason.

        Raises:
            RuntimeError: an outcome was reported before.
        """
        settler, self._settler = self._settler, _REPORTED
        settler.throttled(self, retry_after_s, quota_exceeded=quota_exceeded)

    def lost(self) -> None:
        """Bytes left this host but no response head came. The slot stays away longer, for the call may yet arrive.

        Raises:
            RuntimeError: an outcome was reported before.
        """
        settler, self._settler = self._settler, _REPORTED
        settler.lost(self)

    def unused(self) -> None:
        """Provably nothing left this host. The slot is free again at once.

        Raises:
            RuntimeError: an outcome was reported before.
        """
        settler, self._settler = self._settler, _REPORTED
        settler.unused(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._settler is not _REPORTED:
            self.lost()
