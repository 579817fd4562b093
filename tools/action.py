"""What a tool can do whose argument `action` says what to do: each action is data, and all are checked alike."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field

from tools.compat import Compat
from tools.errand import Errand
from tools.outcome import Call, Outcome
from tools.tool import BadArguments, checked

_MOST_PROBLEMS = 5


class ActionArguments(BaseModel):
    """What every such tool takes; what only another action needs is accepted and ignored."""

    model_config = ConfigDict(extra="forbid")

    action: str
    dry_run: bool = Field(default=False, description="Only tell what it would cost and when it would be done.")
    mode: Literal["slim"] = Field("slim", description="Results are always slim; accepted for older clients.")


A = TypeVar("A", bound=ActionArguments)
A_contra = TypeVar("A_contra", bound=ActionArguments, contravariant=True)


def nothing_named(_: Any, __: Compat) -> Sequence[Call]:
    """Name nothing: the message needs no name that the answer lacks."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Generic[A_contra]):
    """One thing that a tool does.

    Attributes:
        reads: Whether it changes nothing; its calls are then made side by side, otherwise one after the other.
        needs: What must be given; of each group one.
        example: Arguments with which it works.
        calls: What it asks of Spotify.
        tell: Returns the message and what was found or done; called if any of the calls worked.
        naming: What it may ask besides, for names in its message.
        owned: Whether it is about what may be somebody else's.
        last_first: Whether the last call is made first.
        doubt: What to look at before it is done again, if it is unknown whether it was done; empty if doing it
            twice does no harm.
    """

    reads: bool
    needs: tuple[tuple[str, ...], ...] = ()
    example: Mapping[str, object]
    calls: Callable[[A_contra], Sequence[Call]]
    tell: Callable[[A_contra, Sequence[Outcome], Errand], Awaitable[dict[str, Any]]]
    naming: Callable[[A_contra, Compat], Sequence[Call]] = nothing_named
    owned: bool = False
    last_first: bool = False
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repertoire(Generic[A]):
    """What one tool can do: how it is presented, what it takes, its actions by name, the shape of its answers."""

    name: str
    title: str
    description: str
    model: type[A]
    actions: Mapping[str, Action[A]]
    result: type[Any]
    idempotent: bool

    def understood(self, given: Mapping[str, Any]) -> A:
        """Return checked arguments.

        Raises:
            BadArguments: They do not fit, or the action needs more; the last sentence shows what would fit.
        """
        try:
            arguments: A = checked(self.model, given)
        except BadArguments as error:
            raise BadArguments([*_first(error.problems), self._example(given.get("action"))]) from error
        missing = [
            f"{' or '.join(group)} is missing: {arguments.action} needs it"
            for group in self.actions[arguments.action].needs
            if all(getattr(arguments, name) in (None, []) for name in group)
        ]
        if missing:
            raise BadArguments([*missing, self._example(arguments.action)])
        return arguments

    def kinds(self) -> Sequence[Call]:
        """Return one call of each kind that the actions make, as their examples do."""
        given = [{"action": name, **action.example} for name, action in self.actions.items()]
        pairs = zip(self.actions.values(), map(self.understood, given), strict=True)
        return [call for action, arguments in pairs for call in action.calls(arguments)]

    def _example(self, action: object) -> str:
        known = action if isinstance(action, str) and action in self.actions else next(iter(self.actions))
        return f"for example {orjson.dumps({'action': known, **self.actions[known].example}).decode()}"


def _first(problems: Sequence[str]) -> list[str]:
    # A list of hundreds may be wrong in every member.
    more = len(problems) - _MOST_PROBLEMS
    return [*problems[:_MOST_PROBLEMS], *([f"and {more} more like these"] if more > 0 else [])]
