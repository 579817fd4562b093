"""What became of one call to Spotify: an answer, or why there is none and since when that is known."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from gateway.errors import SpotifyError, ThrottledError
from gateway.steps import Reply

Call = tuple[str, Sequence[tuple[str, object]]]
"""An endpoint's id and what it is given."""


class Got(NamedTuple):
    """A call that worked, and its answer."""

    reply: Reply

    @property
    def document(self) -> Any:
        """The answer's JSON; None for no body, and for the words that some writes are answered with."""
        try:
            return orjson.loads(self.reply.body)
        except orjson.JSONDecodeError:
            return None


class Miss(NamedTuple):
    """A call that failed, why, and when that was known, in monotonic seconds."""

    error: SpotifyError
    at: float

    def not_before(self, at: float) -> "Miss":
        """Return the same, told to come back at `at` or later; what time does not heal stays as it is."""
        wait_s = self.error.retry_after_s
        if not isinstance(self.error, ThrottledError) or wait_s is None or self.at + wait_s >= at:
            return self
        return self._replace(error=self.error.later(at - self.at - wait_s))


Outcome = Got | Miss
"""What became of one call to Spotify."""


class HeldBackError(SpotifyError):
    """It was not sent, because of what came before it."""

    code = "not_sent"


def document_of(outcomes: Iterable[Outcome]) -> Any:
    """Return the first answer; None if there is none, or if it is empty."""
    return next((outcome.document for outcome in outcomes if isinstance(outcome, Got)), None)
