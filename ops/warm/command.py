"""The command `fermata warm`: reads what it is told, does the job, and says how it went, in its exit code too."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

import aiohttp
from aiohttp import hdrs
from yarl import URL

from ops.settings import Settings
from ops.warm.display import Display, display_on
from ops.warm.items import BadItemsError, Item, read_items
from ops.warm.job import Job
from ops.warm.mirror import Mirror, NoGatewayError
from ops.warm.record import Record, name_of

DONE: Final = 0
NOT_ALL: Final = 1

_START = "start one with `fermata serve`, or try `make run`; another address is named with --gateway"
_AGAIN = "The same command goes on from there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be warmed.

    Attributes:
        items: Things and playlists.
        gateway: Address of the running gateway.
        market: Country whose catalogue is asked; empty for none.
        again: Whether to forget what earlier runs have had.
        key: Gateway key to show; empty for none.
    """

    items: tuple[Item, ...]
    gateway: str
    market: str = ""
    again: bool = False
    key: str = field(default="", repr=False)


def read_wish(
    arguments: Sequence[str],
    *,
    files: Sequence[str] = (),
    kind: str = "track",
    gateway: str,
    market: str = "",
    again: bool = False,
    key: str = "",
    stdin: TextIO = sys.stdin,
) -> Wish:
    """Check what a command line says.

    Raises:
        BadItemsError: With every problem found.
    """
    problems = list(_complaints(gateway, market))
    items: tuple[Item, ...] = ()
    try:
        items = read_items(arguments, files=files, kind=kind, stdin=stdin)
    except BadItemsError as error:
        problems += error.problems
    if problems:
        raise BadItemsError(problems)
    base = gateway.rstrip("/").removesuffix("/v1")
    return Wish(items=items, gateway=base, market=market, again=again, key=key)


def _complaints(gateway: str, market: str) -> Sequence[str]:
    problems = []
    url = URL(gateway)
    if url.scheme not in {"http", "https"} or not url.host:
        problems.append(f"--gateway: {gateway!r} is no address such as http://127.0.0.1:8080")
    if market and not (len(market) == len("US") and market.isascii() and market.isalpha() and market.isupper()):
        problems.append(f"--market: {market!r} is no country such as US (ISO 3166-1 alpha-2, in capitals)")
    return problems


def folder_of(environ: Mapping[str, str]) -> Path:
    """Return where records are kept; the other settings are the gateway's business, and need not be here."""
    return (
        Path(environ.get("DATA_DIR", "").strip() or Settings.model_fields["data_dir"].default).expanduser()
        / "warm"
    )


async def warm(
    wish: Wish,
    *,
    folder: Path,
    show: Callable[[str], None],
    display: Display | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> int:
    """Do the job, or the rest of it; `show` gets what is said at its beginning and end.

    Returns:
        The exit code: `DONE`, even if Spotify does not know some ids, or `NOT_ALL`.

    Raises:
        BadItemsError: The record of the job cannot be kept in `folder`.
    """
    path = folder / f"{name_of(wish.gateway, wish.market, wish.items)}.txt"
    try:
        record = Record(path, again=wish.again)
    except OSError as error:
        raise BadItemsError([f"DATA_DIR: {path} cannot be written ({error.strerror})"]) from error
    with record:
        if record.finished:
            show(
                f"This job is finished: {len(record.done)} things. The gateway may have forgotten them since: "
                "--again starts over, and what it still knows costs nothing."
            )
            return DONE
        return await _run(wish, record, display or display_on(), show=show, clock=clock, sleep=sleep)


async def _run(
    wish: Wish,
    record: Record,
    display: Display,
    *,
    show: Callable[[str], None],
    clock: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
) -> int:
    if record.done:
        show(f"Going on: {len(record.done)} were done before.")
    started, ending = clock(), ""
    async with aiohttp.ClientSession(
        headers={hdrs.AUTHORIZATION: f"Bearer {wish.key}"} if wish.key else {}
    ) as http:
        mirror = Mirror(wish.gateway, http, market=wish.market)
        job = Job(wish.items, mirror, record, display, clock=clock, sleep=sleep)
        try:
            await job.run()
        except NoGatewayError as error:
            ending = f"Stopped: {error}; {_START}. {_AGAIN}"
        except asyncio.CancelledError:
            ending = f"Interrupted. {_AGAIN}"
            raise
        finally:
            display.close()
            if job.totals.asked or not ending:
                show("\n".join(job.totals.summary(clock() - started)))
            if ending:
                show(ending)
    return NOT_ALL if ending or job.totals.failed else DONE
