"""Turns what identity tells into metrics and log events; each warning that time brings comes once a day."""

import time
from collections.abc import Callable
from typing import Final

import structlog
from cachetools import TTLCache

from gateway.auth.observer import Once, Refusal, Renewal, TokenEvent, Way
from gateway.callers import Door
from gateway.errors import CREDENTIAL_ENDED, CREDENTIAL_INVALID, CREDENTIAL_MISSING
from ops.metrics import Metrics

_DAY_S: Final = 86_400.0
_MOST: Final = 10_000
"""Principals of whom it is remembered that they were warned of; beyond that some are warned of again."""

_REASONS: Final = frozenset({CREDENTIAL_MISSING, CREDENTIAL_INVALID, CREDENTIAL_ENDED})

_log = structlog.stdlib.get_logger("fermata")


class IdentityEvents:
    """Hears who comes and goes, and how the vault is.

    Args:
        metrics: The process's.
        clock: Monotonic seconds.
    """

    def __init__(self, metrics: Metrics, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._warned: TTLCache[str, bool] = TTLCache(_MOST, _DAY_S, timer=clock)

    def sign_in_begun(self, way: Way) -> None:
        """Count it."""
        self._metrics.sign_ins.labels(way, "begun").inc()

    def sign_in_finished(self, way: Way) -> None:
        """Count it."""
        self._metrics.sign_ins.labels(way, "finished").inc()

    def sign_in_refused(self, way: Way, why: Refusal) -> None:
        """Count it."""
        self._metrics.sign_ins.labels(way, why).inc()

    def signed_in(self, principal_id: str) -> None:
        """Say so."""
        _log.info("sign_in.kept", principal=principal_id)

    def signed_out(self, principal_id: str) -> None:
        """Say so."""
        _log.info("sign_in.forgotten", principal=principal_id)

    def renewal(self, principal_id: str, outcome: Renewal) -> None:
        """Count it; an end is worth a line."""
        self._metrics.renewals.labels(outcome).inc()
        if outcome == "ended":
            _log.info("sign_in.ended", principal=principal_id)

    def waning(self, principal_id: str, days_left: float) -> None:
        """Warn, once a day."""
        if principal_id not in self._warned:
            self._warned[principal_id] = True
            _log.warning("sign_in.waning", principal=principal_id, days_left=round(days_left, 1))

    def tokens(self, event: TokenEvent) -> None:
        """Count it."""
        self._metrics.tokens.labels(event).inc()

    def reused(self, what: Once) -> None:
        """Count it, and say it loudly: somebody may have stolen it."""
        self._metrics.reused.labels(what).inc()
        _log.warning("token.reused", what=what, done="all that was issued with it has ended")

    def credential_refused(self, door: Door, reason: str) -> None:
        """Count it; a line for each would let strangers fill the log."""
        known = reason.lower() if reason in _REASONS else "other"
        self._metrics.credentials_refused.labels(door.name.lower(), known).inc()

    def unreadable(self, kind: str) -> None:
        """Say that something is kept which nobody here can open."""
        _log.warning("vault.unreadable", kind=kind, hint="FERMATA_SECRET or the client secret was another one")

    def warned(self, text: str) -> None:
        """Pass a warning on."""
        _log.warning("vault.warning", problem=text)

    def failed(self) -> None:
        """Count it; whoever wanted something of the vault says what."""
        self._metrics.vault_errors.inc()
