"""A shelf: what one user saved or follows of one kind, each once, the latest first."""

from collections.abc import Iterable, Iterator


class Shelf:
    """Identifiers and the instants they were put here, in seconds since 1970."""

    __slots__ = ("_added",)

    def __init__(self, added: Iterable[tuple[str, float]] = ()) -> None:
        self._added = dict(added)

    def __contains__(self, spotify_id: str) -> bool:
        return spotify_id in self._added

    def __len__(self) -> int:
        return len(self._added)

    def __iter__(self) -> Iterator[tuple[str, float]]:
        """Identifier and instant, latest first; of equal instants the one put here last comes first."""
        latest_first = [*reversed(self._added.items())]
        latest_first.sort(key=lambda pair: -pair[1])
        return iter(latest_first)

    def put(self, spotify_id: str, *, at: float) -> None:
        """Put something here; what already is here stays as it was."""
        self._added.setdefault(spotify_id, at)

    def date(self, spotify_id: str, *, at: float) -> None:
        """Put something here with an instant that replaces the one it may have had."""
        self._added[spotify_id] = at

    def drop(self, spotify_id: str) -> None:
        """Take something away, if it is here."""
        self._added.pop(spotify_id, None)
