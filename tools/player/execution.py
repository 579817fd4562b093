"""Sends commands and collects what became of each; one that fails never keeps the others from being tried.

The exception are failures that the next command is sure to share: they are told again instead of sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.errors import SCOPE_MISSING, SpotifyError, ThrottledError, UnauthorisedError
from gateway.steps import Reply
from gateway.together import together
from tools.errand import Errand
from tools.outcome import Got
from tools.player.commands import Command, Unfit
from tools.tool import Progress

_OF_THE_SIGN_IN = frozenset({"PREMIUM_REQUIRED", SCOPE_MISSING})
"""Reasons that lie with the user or with what they granted, which is the same for every command."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one operation, and when that was known, in monotonic seconds."""

    step: Command | Unfit
    result: Reply | SpotifyError
    at: float

    @property
    def done(self) -> Command | None:
        """The command, if it worked."""
        return self.step if isinstance(self.step, Command) and isinstance(self.result, Reply) else None


async def execute(
    steps: Sequence[Command | Unfit], errand: Errand, *, parallel: bool, progress: Progress
) -> list[Outcome]:
    """Return the outcomes of `steps`, in their order."""
    over = 0

    async def tell(outcome: Outcome) -> Outcome:
        nonlocal over
        over += 1
        await progress(over, len(steps))
        return outcome

    async def alone(step: Command | Unfit) -> Outcome:
        return await tell(await _send(step, errand))

    if parallel:
        return await together(alone(step) for step in steps)
    outcomes: list[Outcome] = []
    barrier: Outcome | None = None
    for step in steps:
        shared = barrier is not None and isinstance(step, Command)
        outcome = Outcome(step, barrier.result, barrier.at) if barrier and shared else await _send(step, errand)
        outcomes.append(await tell(outcome))
        if isinstance(outcome.result, SpotifyError) and _bars(outcome.result, outcome.at, errand.deadline):
            barrier = outcome
    return outcomes


async def _send(step: Command | Unfit, errand: Errand) -> Outcome:
    if isinstance(step, Unfit):
        return Outcome(step, step.error, errand.now)
    came = await errand.ask_in_time((step.endpoint_id, step.fields))
    return Outcome(step, came.reply if isinstance(came, Got) else came.error, errand.now)


def _bars(error: SpotifyError, at: float, deadline: float) -> bool:
    """Tell whether every later command of the same call would fail like this."""
    if isinstance(error, ThrottledError):
        return error.retry_after_s is not None and at + error.retry_after_s > deadline
    return isinstance(error, UnauthorisedError) or error.reason in _OF_THE_SIGN_IN
