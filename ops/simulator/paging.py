"""Paging objects: a window on a longer list, with the addresses of itself and its neighbours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from ops.simulator.objects.objects import API_URL, Json


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of which list is asked for.

    `path` is below the API's base; `extra` holds the parameters that addresses repeat besides offset and limit.
    """

    path: str
    offset: int
    limit: int
    extra: Mapping[str, str]

    def body(self, items: Sequence[Json | None], *, total: int) -> Json:
        """The paging object around the items of this page."""
        end = self.offset + self.limit
        back = max(0, min(self.offset, total) - self.limit)
        return {
            "href": self._address(self.offset),
            "limit": self.limit,
            "next": self._address(end) if end < total else None,
            "offset": self.offset,
            "previous": self._address(back) if self.offset else None,
            "total": total,
            "items": list(items),
        }

    def _address(self, offset: int) -> str:
        query = urlencode({"offset": offset, "limit": self.limit, **self.extra}, quote_via=quote)
        return f"{API_URL}{self.path}?{query}"


def repeated(query: Mapping[str, str], *names: str) -> dict[str, str]:
    """The named parameters as they were given, for the addresses of a page."""
    return {name: query[name] for name in names if name in query}
