"""What this process knows of everybody's stamps; one that may be outdated is never handed out.

A stamp stands for a state of one part of one account: an owner, a newline and a tag. Pure: nothing here waits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

EVERYTHING = "\n"
"""The key of the stamp that is part of all others: nobody's, and of no tag."""


def keys_of(owner: str, tags: Iterable[str]) -> list[str]:
    """The keys whose stamps make up the stamp of these tags of `owner`; none if nothing can change it."""
    keys = [f"{owner}\n{tag}" for tag in tags]
    return [EVERYTHING, *keys] if keys else keys


@dataclass(slots=True)
class _Change:
    """A change of our own that Redis does not know for certain.

    Attributes:
        number: Tells it apart from earlier ones of the same key.
        stamp: What stands for the key in this process until then.
    """

    number: int
    stamp: str


class Stamps:
    """Shared stamps while it is trusted, private ones while it is not.

    While trusted, what was learned is handed out until somebody says that it changed. While not, every key has a
    stamp that no other process has, and that changes with each loss.

    Args:
        fresh: Makes texts that nobody made before.
        most: Stamps kept; forgetting one costs a question.
        most_untold: Changes kept that Redis does not know of; beyond that they become one change of everything.

    Attributes:
        trusted: Changes made elsewhere are heard of.
    """

    def __init__(self, fresh: Callable[[], str], *, most: int, most_untold: int) -> None:
        self._fresh = fresh
        self._most = most
        self._most_untold = most_untold
        self._known: dict[str, str] = {}
        self._changes: dict[str, _Change] = {}
        self._readings: dict[str, object] = {}
        self._doubtful: set[str] = set()
        self._count = 0
        self._prefix = f"~{fresh()}"
        self.trusted = False

    # Handing out

    def stamp(self, keys: Sequence[str]) -> str | None:
        """Return the stamp of all of these together, or None if one has to be learned first."""
        if not self.trusted or (self._doubtful and not self._doubtful.isdisjoint(keys)):
            self.disown(keys)
        known, changes = self._known, self._changes
        parts = [self._prefix] if keys else []
        for key in keys:
            part = changes[key].stamp if key in changes else known.get(key)
            if part is None:
                if self.trusted:
                    return None
                # The prefix is private, and new with each loss.
                part = ""
            parts.append(part)
        return ".".join(parts)

    def parts(self, keys: Sequence[str]) -> dict[str, str | None]:
        """Return what is known of each key."""
        return {key: self._changes[key].stamp if key in self._changes else self._known.get(key) for key in keys}

    def joined(self, parts: Mapping[str, str]) -> str:
        """Return the stamp that these parts make, each of which was right when it was read."""
        return ".".join((self._prefix, *parts.values()))

    # Learning. A word that a key changed may overtake the answer to a question that the server answered before:
    #   we ask -> the server answers A -> somebody changes it to B and says so -> we hear of B -> we read A.
    # So whoever asks takes a mark, and what he read counts only if the mark is still there.

    def begin(self, key: str) -> object:
        """Take the mark of a question about `key`."""
        return self._readings.setdefault(key, object())

    def learned(self, key: str, mark: object, stamp: str, *, doubtful: bool) -> None:
        """Keep what the question brought, unless the key changed since; what is `doubtful`, until `reconsider`."""
        if self._readings.get(key) is not mark or not self.trusted:
            return
        self._keep(key, stamp)
        if doubtful:
            self._doubtful.add(key)

    def ended(self, key: str, mark: object) -> None:
        """Take note that a question is over; it costs others with the same mark their answer, and nothing else."""
        if self._readings.get(key) is mark:
            del self._readings[key]

    def reconsider(self) -> None:
        """Forget stamps that were made up because Redis did not answer, so that it is asked again."""
        for key in self._doubtful:
            self._known.pop(key, None)
        self._doubtful.clear()

    # Our own changes

    def change(self, keys: Iterable[str]) -> None:
        """Make everything unfindable that was stored under the stamps of these keys."""
        self._count += 1
        for key in keys:
            self._renew(key)
            self._changes[key] = _Change(self._count, self._fresh())
        if len(self._changes) > self._most_untold:
            self._changes = {EVERYTHING: _Change(self._count, self._fresh())}
            self._readings.clear()

    def disown(self, keys: Iterable[str]) -> None:
        """Take note that something is read under stamps of our own, as if we had changed these keys.

        It may be newer than what the others find, because who wrote it could not tell them either:
          we read what is new -> we hear Redis again, he does not -> its stamp is still the one of what is old.
        The stamp of everything is spared: whatever depends on it depends on one of the others as well.
        """
        for key in keys:
            if EVERYTHING in self._changes:
                return
            if key != EVERYTHING and key not in self._changes:
                self.change([key])

    def untold(self) -> dict[str, int]:
        """The changes that Redis does not know for certain: their numbers by key."""
        return {key: change.number for key, change in self._changes.items()}

    def told(self, key: str, number: int) -> None:
        """Take note that the others know of this change."""
        change = self._changes.get(key)
        if change is not None and change.number == number:
            del self._changes[key]
            self._renew(key)

    # What is heard

    def forget(self, key: str) -> None:
        """Take note that somebody changed `key`: perhaps we ourselves, there is no telling."""
        self._renew(key)
        if key in self._changes:
            self._changes[key].stamp = self._fresh()

    def forget_owner(self, prefix: str) -> None:
        """Take note that everything of an owner changed."""
        for key in {*self._known, *self._changes, *self._readings}:
            if key.startswith(prefix):
                self.forget(key)

    def forget_all(self) -> None:
        """Take note that the server forgot everything, or that words of changes may have been missed."""
        self._known.clear()
        self._readings.clear()
        self._doubtful.clear()
        for change in self._changes.values():
            change.stamp = self._fresh()
        if not self.trusted:
            self._prefix = f"~{self._fresh()}"

    def trust(self, server: str) -> None:
        """Hand out what Redis says from now on.

        Args:
            server: Names this run of the server. It goes into all stamps: one that restarts from an old copy, or a
                replica that takes over, may bring back stamps from before a change.
        """
        self.trusted = True
        self._prefix = server
        self.forget_all()

    def distrust(self) -> None:
        """Hand out nothing any more that another process may use."""
        self.trusted = False
        self.forget_all()

    def _renew(self, key: str) -> None:
        self._readings.pop(key, None)
        self._known.pop(key, None)
        if not self.trusted:
            # Without one of its own the key would have the stamp again that it had before it changed.
            self._keep(key, self._fresh())

    def _keep(self, key: str, stamp: str) -> None:
        if len(self._known) >= self._most:
            if self.trusted:
                del self._known[next(iter(self._known))]
            else:
                self.forget_all()
        self._known[key] = stamp
