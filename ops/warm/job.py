"""Warms a list of things, batch by batch, and waits when it is told; what is had is never asked for again."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from ops.warm.display import Display, Totals
from ops.warm.items import BATCHES, PLAYLIST, Batch, Item
from ops.warm.mirror import Mirror, NoGatewayError, Told
from ops.warm.record import Page, Record

_PAGE: Final = 50
"""Entries of a playlist that Spotify answers at once."""

_WAITS_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Between failures that do not say when to come back; then a request is given up. A restart fits in."""

_TICK_S: Final = 1.0

_PASSING: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Answers after which the same request may be met with another one."""

_SPENT: Final = "the gateway has no calls left for the rest of this batch"
_DAY_SPENT: Final = (
    "the gateway has no calls left until QUOTA_CALLS_PER_DAY leaves room again; you may stop with Ctrl-C, and the "
    "same command goes on from there"
)


class Job:
    """One run over some things.

    Args:
        items: What to warm; playlists stand for their tracks.
        mirror: The gateway.
        record: What earlier runs have had; kept up to date.
        display: Shows how it goes.
        clock: Monotonic seconds.
        sleep: Waits.

    Attributes:
        totals: How it stands, at any time.
    """

    def __init__(
        self,
        items: Sequence[Item],
        mirror: Mirror,
        record: Record,
        display: Display,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._items = items
        self._mirror = mirror
        self._record = record
        self._display = display
        self._clock = clock
        self._sleep = sleep
        self._answered = False
        # Where a batch costs several calls, the gateway asks for one thing after the other.
        self._single = False
        self.totals = Totals()

    async def run(self) -> None:
        """Warm everything that can be had.

        Raises:
            NoGatewayError: No gateway is there, or it is gone for good.
        """
        wanted = dict.fromkeys(item for item in self._items if item.kind != PLAYLIST)
        for playlist in (item for item in self._items if item.kind == PLAYLIST):
            wanted |= dict.fromkeys(await self._tracks(playlist))
        self.totals.asked = len(wanted)
        self.totals.before = sum(item in self._record.done for item in wanted)
        self._display.moved(self.totals)
        for kind, batch in BATCHES.items():
            todo = [item for item in wanted if item.kind == kind and item not in self._record.done]
            await self._warm(todo, batch)
        if not self.totals.failed:
            self._record.finish()

    async def _tracks(self, playlist: Item) -> list[Item]:
        """Return the tracks of a playlist; reading its pages may have warmed them already."""
        tracks: list[Item] = []
        offset, total = 0, 1
        while offset < total:
            page = self._record.page(playlist, offset) or await self._page(playlist, offset)
            if page is None:
                break
            tracks += page.tracks
            self.totals.asked += len(page.tracks)
            self._display.moved(self.totals)
            offset, total = offset + _PAGE, page.total
        return tracks

    async def _page(self, playlist: Item, offset: int) -> Page | None:
        told = await self._ask(f"/playlists/{playlist.id}/items", {"limit": _PAGE, "offset": offset})
        if told.status != HTTPStatus.OK:
            self.totals.failed[playlist] = told.message
            return None
        self.totals.paged = True
        tracks = dict.fromkeys(_tracks_of(told.document.get("items")))
        total = told.document.get("total")
        page = Page(total if isinstance(total, int) else 0, tuple(tracks))
        self._record.add_page(playlist, offset, page)
        return page

    async def _warm(self, todo: list[Item], batch: Batch) -> None:
        while todo:
            asked, todo = todo[: batch.most], todo[batch.most :]
            told = await self._ask(batch.path, {"ids": ",".join(item.id for item in asked)})
            found = told.document.get(batch.field)
            if told.status != HTTPStatus.OK or not isinstance(found, list) or len(found) != len(asked):
                reason = told.message or "the gateway's answer has another shape"
                self.totals.failed |= dict.fromkeys(asked, reason)
                continue
            missing = set(told.missing)
            self._note(
                {item: thing for item, thing in zip(asked, found, strict=True) if item.id not in missing}, told
            )
            todo = [item for item in asked if item.id in missing] + todo
            if missing:
                await self._wait(told.retry_after_s or _WAITS_S[0], _DAY_SPENT if told.day_spent else _SPENT)

    def _note(self, answered: Mapping[Item, Any], told: Told) -> None:
        there = [item for item, thing in answered.items() if thing is not None]
        unknown = [item for item, thing in answered.items() if thing is None]
        self._single |= told.calls > 1
        warmed = max(0, told.calls - len(unknown)) if self._single else len(there) * told.calls
        # Which of them were known, an answer does not say; that some were is what counts.
        warm, known = there[:warmed], there[warmed:]
        self._record.add(
            dict.fromkeys(warm, "warmed") | dict.fromkeys(known, "known") | dict.fromkeys(unknown, "unknown")
        )
        self.totals.warmed += len(warm)
        self.totals.known += len(known)
        self.totals.unknown += unknown
        self._display.moved(self.totals)

    async def _ask(self, path: str, query: Mapping[str, str | int]) -> Told:
        """Return an answer that more patience would not change, or the last one."""
        waits_s = iter(_WAITS_S)
        while True:
            wait_s = next(waits_s, None)
            told = await self._patiently(path, query, last=wait_s is None)
            if wait_s is None or told.status not in _PASSING:
                return told
            await self._wait(wait_s, told.message)

    async def _patiently(self, path: str, query: Mapping[str, str | int], *, last: bool) -> Told:
        """Ask as often as the answer is to come back later."""
        while True:
            try:
                told = await self._mirror.get(path, query, has_market=not path.startswith("/artists"))
            except NoGatewayError as error:
                # One that was never there is not waited for.
                if last or not self._answered:
                    raise
                return Told(status=503, document={}, message=f"{error}; it may be starting again")
            self._answered = True
            self.totals.calls += told.calls
            if told.status not in _PASSING or told.retry_after_s is None:
                return told
            await self._wait(told.retry_after_s, told.message)

    async def _wait(self, seconds: float, reason: str) -> None:
        began, begins = self._clock(), True
        try:
            while (left_s := began + seconds - self._clock()) > 0:
                self._display.waiting(left_s, reason, begins=begins)
                begins = False
                await self._sleep(min(left_s, _TICK_S))
        finally:
            self.totals.waited_s += self._clock() - began


def _tracks_of(entries: object) -> Iterator[Item]:
    """Yield the tracks among the entries of a page; files of the user's own and what is gone have no id."""
    for entry in entries if isinstance(entries, list) else ():
        thing = (entry.get("item") or entry.get("track")) if isinstance(entry, dict) else None
        if isinstance(thing, dict) and thing.get("type") == "track" and isinstance(thing.get("id"), str):
            yield Item("track", thing["id"])
