"""Authorization codes: each is good once, for ten minutes, and for one redirect URI and challenge."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

CODE_S: Final = 600.0
"""The most that RFC 6749, section 4.1.2 recommends."""

REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Pending:
    """What a code stands for.

    Attributes:
        consent: number of the consent.
        redirect_uri: where the code was sent, which has to be repeated.
        challenge: of PKCE; empty without it.
    """

    consent: int
    redirect_uri: str
    challenge: str


class Codes:
    """Codes that nobody has redeemed; `clock` gives seconds."""

    __slots__ = ("_clock", "_pending")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pending: OrderedDict[str, tuple[float, Pending]] = OrderedDict()

    def keep(self, code: str, pending: Pending) -> None:
        """Let a code be redeemed from now on."""
        self._pending[code] = self._clock() + CODE_S, pending
        if len(self._pending) > REMEMBERED:
            self._pending.popitem(last=False)

    def peek(self, code: str) -> Pending | None:
        """What a code stands for; None when it was spent, is too old or never was."""
        expires, pending = self._pending.get(code, (0.0, None))
        return pending if self._clock() < expires else None

    def spend(self, code: str) -> None:
        """Make a code worth nothing."""
        self._pending.pop(code, None)
