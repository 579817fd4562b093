"""Tells who listens what writes may have changed; a listener hears of its own account, and of no other.

What one write changes is known as coarsely as the cache forgets it: by the tags of the catalogue. A write of this
process names its playlist as well; of one that another process made, only the tag is known.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import unquote

from cache import Owners
from gateway.endpoint import Endpoint
from gateway.principal import Principal


@dataclass(frozen=True, slots=True)
class Change:
    """What may be different in one account.

    Attributes:
        tags: The parts of the account; empty stands for every part.
        about: Path parameters of the write. What names another value of one of them is as it was.
    """

    tags: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)

    def touches(self, endpoint: Endpoint, arguments: Mapping[str, object]) -> bool:
        """Tell whether a read of `endpoint` with `arguments` may answer otherwise than before."""
        if frozenset(self.tags or endpoint.tags).isdisjoint(endpoint.tags):
            return False
        return all(arguments.get(name, value) == value for name, value in self.about.items())


Listener = Callable[[Change], None]
"""Takes note of a change; it returns at once and never raises."""


class ChangeObserver(Protocol):
    """Hears of every write that may have changed something."""

    def written(self, owner: str, endpoint: Endpoint, *, path: str) -> None:
        """Take note that `owner` called `endpoint` at `path`; reads from now on do not find what was before."""


class _Nobody:
    """Tells nobody."""

    def written(self, owner: str, endpoint: Endpoint, *, path: str) -> None:
        """Do nothing."""


NOBODY: Final[ChangeObserver] = _Nobody()
"""Of a gateway in which nobody listens."""


class Changes:
    """Passes changes on to those who listen, by account.

    Args:
        owners: Name the accounts.
        user_of: Returns the name of a principal's account; empty as long as it has not signed in.
    """

    def __init__(self, owners: Owners, user_of: Callable[[Principal], str]) -> None:
        self._owners = owners
        self._user_of = user_of
        # By a token of each, so that the same listener may be there twice.
        self._listeners: dict[Principal, dict[object, Listener]] = {}

    @contextmanager
    def heard(self, principal: Principal, listener: Listener) -> Iterator[None]:
        """Have `listener` told what changes in the account of `principal`, until the context is left.

        Whoever signs in anew meanwhile hears of the new account from then on.
        """
        token = object()
        self._listeners.setdefault(principal, {})[token] = listener
        try:
            yield
        finally:
            del self._listeners[principal][token]
            if not self._listeners[principal]:
                del self._listeners[principal]

    @property
    def listeners(self) -> int:
        """How many listen."""
        return sum(map(len, self._listeners.values()))

    def written(self, owner: str, endpoint: Endpoint, *, path: str) -> None:
        """See `ChangeObserver`."""
        self._tell(owner, Change(endpoint.invalidates, _named(endpoint.path, path)))

    def elsewhere(self, owner: str, tag: str) -> None:
        """Take note that another process changed a part of an account.

        An empty `owner` stands for everybody and everything: changes may have been missed.
        """
        self._tell(owner, Change((tag,) if tag else ()))

    def _tell(self, owner: str, change: Change) -> None:
        """Tell whoever listens to the account of `owner`; to any account, if that is empty."""
        # Writes are rare, and a look at each principal who listens takes less than a microsecond.
        for principal, listeners in list(self._listeners.items()):
            if not owner or owner == self._owner_of(principal):
                for listener in list(listeners.values()):
                    listener(change)

    def _owner_of(self, principal: Principal) -> str:
        user = self._user_of(principal)
        return self._owners.of(user) if user else ""


def _named(template: str, path: str) -> dict[str, str]:
    """Return the values that `path` has for the names in the braces of `template`."""
    pairs = zip(template.split("/"), path.split("/"), strict=True)
    return {step[1:-1]: unquote(value) for step, value in pairs if step.startswith("{")}
