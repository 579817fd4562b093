"""What users agreed to: a consent holds for six months, until it is withdrawn, and no refresh makes it longer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

CONSENT_S: Final = 182 * 86_400.0
"""How long a consent lasts: six months from the login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One answer Yes.

    Attributes:
        number: of this consent; nothing but the latest state of it is kept.
        user: who agreed.
        scopes: to what.
        given_at: when, in seconds of the simulator's clock.
        pkce: whether the app proved itself by PKCE, so that it refreshes without its secret.
    """

    number: int
    user: str
    scopes: frozenset[str]
    given_at: float
    pkce: bool


class Consents:
    """All consents that were not withdrawn; `clock` gives seconds."""

    __slots__ = ("_by_number", "_clock", "_serial")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._serial = 0
        self._by_number: dict[int, Consent] = {}

    def give(self, user: str, scopes: frozenset[str], *, pkce: bool, inherited: Consent | None = None) -> Consent:
        """Record a consent; one that rests on an `inherited` one is as old as that."""
        self._serial += 1
        given_at = self._clock() if inherited is None else inherited.given_at
        consent = Consent(number=self._serial, user=user, scopes=scopes, given_at=given_at, pkce=pkce)
        self._by_number[consent.number] = consent
        return consent

    def get(self, number: int) -> Consent | None:
        """The consent of a number, however old; None for a withdrawn one."""
        return self._by_number.get(number)

    def holds(self, consent: Consent) -> bool:
        """Whether a consent is less than six months old."""
        return self._clock() < consent.given_at + CONSENT_S

    def covering(self, user: str, scopes: frozenset[str]) -> Consent | None:
        """The latest consent of a user that holds and includes `scopes`, or None."""
        mine = [
            consent
            for consent in self._by_number.values()
            if consent.user == user and consent.scopes >= scopes and self.holds(consent)
        ]
        return max(mine, key=lambda consent: consent.given_at, default=None)

    def withdraw(self, user: str) -> None:
        """Forget all consents of a user."""
        for consent in self._of(user):
            del self._by_number[consent.number]

    def age(self, user: str, seconds: float) -> int:
        """Make all consents of a user older, and tell how many there are."""
        mine = self._of(user)
        for consent in mine:
            self._by_number[consent.number] = replace(consent, given_at=consent.given_at - seconds)
        return len(mine)

    def _of(self, user: str) -> list[Consent]:
        return [consent for consent in self._by_number.values() if consent.user == user]
