"""A job warms what it is told, waits when it must, never spends a call twice, and goes on where it was stopped."""

import asyncio
import io
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from house import running
from ops.bootstrap import build_app, wire
from ops.serve import listening
from ops.settings import Settings
from ops.simulator import CALL_LOG, SimulatorConfig, World, create_app
from ops.simulator.calls import CallLog
from ops.simulator.people.founders import LONG, ODDS, playlist_id
from ops.warm.command import NOT_ALL, Wish, warm
from ops.warm.display import Bar, Display, Lines, Totals, display_on
from ops.warm.items import Item
from ops.warm.record import name_of

WORLD = World.of(1)
TRACKS = [Item("track", track.id) for track in WORLD.tracks]
AMPLE = SimulatorConfig(limit=1000)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds
        await asyncio.sleep(0)


class Told:
    """A display that remembers."""

    def __init__(self) -> None:
        self.states: list[tuple[int, int]] = []
        self.waits: list[tuple[float, str]] = []
        self.closed = False
        self.waited = asyncio.Event()

    def moved(self, totals: Totals) -> None:
        self.states.append((totals.done, totals.asked))

    def waiting(self, left_s: float, reason: str, *, begins: bool) -> None:
        if begins:
            self.waits.append((left_s, reason))
            self.waited.set()

    def close(self) -> None:
        self.closed = True


class Run:
    """One run of the command, with what it said."""

    def __init__(self, folder: Path, base: str, *items: Item, market: str = "", again: bool = False) -> None:
        self.folder = folder
        self.wish = Wish(items=items, gateway=base, market=market, again=again)
        self.said: list[str] = []
        self.told = Told()
        self.clock = Clock()
        self.code: int | None = None

    async def __call__(self) -> "Run":
        self.code = await asyncio.wait_for(
            warm(
                self.wish,
                folder=self.folder,
                show=self.said.append,
                display=self.told,
                clock=self.clock,
                sleep=self.clock.sleep,
            ),
            30,
        )
        return self

    @property
    def summary(self) -> dict[str, int]:
        """The numbers of the summary by the word before them."""
        found = re.findall(
            r"(asked|warmed|already known|unknown to Spotify|had|spent|run) (\d+)", "\n".join(self.said)
        )
        return {name: int(number) for name, number in found}


def paths(log: CallLog) -> Counter[str]:
    return Counter(call.path for call in log.calls if call.path.startswith("/v1"))


async def test_tracks_are_warm_afterwards_and_known_to_whoever_asks_again(tmp_path: Path) -> None:
    wanted = TRACKS[:120]
    async with running(AMPLE) as house, aiohttp.ClientSession() as http:
        first = await Run(tmp_path, house.base, *wanted, market="US")()
        assert first.code == 0
        assert first.summary == {"asked": 120, "warmed": 120, "already known": 0, **NOTHING_ELSE, "spent": 120}
        assert paths(house.log) == {f"/v1/tracks/{item.id}": 1 for item in wanted}
        assert first.told.states[-1] == (120, 120)
        assert first.told.closed
        async with http.get(f"{house.base}/v1/tracks/{wanted[70].id}?market=US") as response:
            assert response.headers["X-Cache"] == "HIT"
        other = await Run(tmp_path / "elsewhere", house.base, *wanted, market="US")()
        assert other.summary == {"asked": 120, "warmed": 0, "already known": 120, **NOTHING_ELSE, "spent": 0}
        assert paths(house.log).total() == 120


NOTHING_ELSE = {"unknown to Spotify": 0, "had": 0}


async def test_it_spends_background_budget_only(tmp_path: Path) -> None:
    seen: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.headers["X-Priority"], int(request.headers["X-Deadline-Ms"])))
        return batch(request)

    async with scripted(answer) as base:
        assert (await Run(tmp_path, base, TRACKS[0])()).code == 0
    assert seen == [("background", 10_000)]


async def test_where_spotify_has_batches_they_are_used(tmp_path: Path) -> None:
    albums = [Item("album", album.id) for album in WORLD.albums[:25]]
    async with running(SimulatorConfig(profile="extended", limit=1000)) as house:
        run = await Run(tmp_path, house.base, *TRACKS[:60], *albums)()
        assert run.summary == {"asked": 85, "warmed": 85, "already known": 0, **NOTHING_ELSE, "spent": 4}
        assert paths(house.log) == {"/v1/tracks": 2, "/v1/albums": 2}


async def test_a_finished_job_says_so_and_asks_nothing_until_it_is_told_to_start_over(tmp_path: Path) -> None:
    async with running(AMPLE) as house:
        await Run(tmp_path, house.base, *TRACKS[:3])()
        second = await Run(tmp_path, house.base, *reversed(TRACKS[:3]))()
        assert second.code == 0
        assert "finished" in second.said[0]
        assert "--again" in second.said[0]
        third = await Run(tmp_path, house.base, *TRACKS[:3], again=True)()
        assert third.summary["already known"] == 3
        assert paths(house.log).total() == 3


async def test_every_kind_can_be_warmed(tmp_path: Path) -> None:
    items = (
        Item("album", WORLD.albums[0].id),
        Item("artist", WORLD.artists[0].id),
        Item("show", WORLD.shows[0].id),
        Item("episode", WORLD.episodes[0].id),
        Item("audiobook", WORLD.audiobooks[0].id),
        Item("chapter", WORLD.chapters[0].id),
    )
    async with running(AMPLE) as house:
        run = await Run(tmp_path, house.base, *items, market="US")()
    assert run.code == 0
    assert run.summary["warmed"] == len(items)


async def test_ids_that_spotify_does_not_know_are_listed_and_count_as_done(tmp_path: Path) -> None:
    strange = Item("track", "0" * 22)
    async with running(AMPLE) as house:
        run = await Run(tmp_path, house.base, TRACKS[0], strange, TRACKS[1])()
        assert run.code == 0
        assert run.summary == {
            "asked": 3,
            "warmed": 2,
            "already known": 0,
            "unknown to Spotify": 1,
            "had": 0,
            "spent": 3,
        }
        assert f"unknown to Spotify: {strange}" in run.said[-1]


async def test_a_playlist_stands_for_its_tracks(tmp_path: Path) -> None:
    long, odds = (Item("playlist", playlist_id("demo", name)) for name in (LONG, ODDS))
    async with running(AMPLE) as house:
        run = await Run(tmp_path, house.base, long, odds)()
        assert run.code == 0
        called = paths(house.log)
        tracks = {path: count for path, count in called.items() if path.startswith("/v1/tracks/")}
        # The pages brought them, so that no track needs a call of its own.
        assert not tracks
        assert run.summary["already known"] == run.summary["asked"] > 260
        assert "already known" in run.said[-1]
        assert "what the pages of playlists brought counts as known" in run.said[-1]
        assert called[f"/v1/playlists/{long.id}/items"] == 6
        assert called[f"/v1/playlists/{odds.id}/items"] == 1
        assert run.told.states[0][1] == 50


async def test_a_playlist_that_may_not_be_read_is_named_and_the_rest_is_warmed(tmp_path: Path) -> None:
    foreign = Item("playlist", WORLD.playlists[0].id)
    async with running(AMPLE) as house:
        run = await Run(tmp_path, house.base, foreign, TRACKS[0])()
        assert run.code == NOT_ALL
        assert run.summary["warmed"] == 1
        assert f"not to be had: {foreign}: " in run.said[-1]
        # What was had is not asked for again.
        again = await Run(tmp_path, house.base, foreign, TRACKS[0])()
        assert again.code == NOT_ALL
        assert paths(house.log)[f"/v1/tracks/{TRACKS[0].id}"] == 1


# From here on gateways that answer as they are told to.


Answer = Callable[[web.Request], Any]


@asynccontextmanager
async def scripted(answer: Answer) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/v1/{path:.*}", answer)
    async with listening(app, "127.0.0.1", port=0) as base:
        yield base


def batch(request: web.Request, *, missing: tuple[str, ...] = (), **headers: str) -> web.Response:
    ids = request.query["ids"].split(",")
    given = {"X-Request-Id": "x", "X-Upstream-Calls": str(len(ids) - len(missing)), **headers}
    if missing:
        given["X-Missing-Ids"] = ",".join(missing)
    body = {"tracks": [None if one in missing else {"id": one} for one in ids]}
    return web.json_response(body, headers=given)


def error(status: int, message: str, **headers: str) -> web.Response:
    return web.json_response(
        {"error": {"status": status, "message": message}}, status=status, headers={"X-Request-Id": "x", **headers}
    )


async def test_what_is_missing_is_asked_for_again_after_the_wait_that_was_told(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    async def answer(request: web.Request) -> web.Response:
        ids = request.query["ids"].split(",")
        asked.append(ids)
        return batch(request, missing=tuple(ids[2:]), **{"Retry-After": "30"})

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, *TRACKS[:5])()
    names = [item.id for item in TRACKS[:5]]
    assert asked == [names, names[2:], names[4:]]
    assert run.code == 0
    assert run.clock.slept == pytest.approx(60)
    assert [wait for wait, _ in run.told.waits] == [30, 30]
    assert all("no calls left" in reason for _, reason in run.told.waits)
    assert run.summary["spent"] == 5
    assert "of which 60 s waiting" in run.said[-1]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_refusal_is_waited_out_and_its_reason_shown(tmp_path: Path, status: int) -> None:
    answers = [
        error(status, "The day is spent.", **{"Retry-After": "40000"}),
        error(status, "", **{"Retry-After": "9"}),
    ]

    async def answer(request: web.Request) -> web.Response:
        return answers.pop(0) if answers else batch(request)

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, TRACKS[0])()
    assert run.code == 0
    assert run.clock.slept == pytest.approx(40_009)
    assert run.told.waits[0] == (40_000, "The day is spent.")


async def test_a_failure_that_does_not_pass_is_named_in_the_end(tmp_path: Path) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return error(502, "Spotify answered 502") if "tracks" in request.path else batch(request)

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, TRACKS[0])()
    assert run.code == NOT_ALL
    assert asked == 6
    assert run.clock.slept == pytest.approx(31)
    assert f"not to be had: {TRACKS[0]}: Spotify answered 502" in run.said[-1]


async def test_a_wait_for_the_day_quota_says_so_and_what_to_do(tmp_path: Path) -> None:
    config = SimulatorConfig(limit=100, profile="development")
    async with running(config, QUOTA_CALLS_PER_DAY="2") as house:
        run = Run(tmp_path, house.base, *TRACKS[:4])
        waits = asyncio.create_task(run())
        await asyncio.wait_for(run.told.waited.wait(), 20)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
    left_s, reason = run.told.waits[0]
    assert left_s > 80_000
    assert "QUOTA_CALLS_PER_DAY" in reason
    assert "the same command goes on from there" in reason


async def test_an_error_that_time_does_not_mend_is_not_repeated(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        return error(403, "No.") if request.path == "/v1/tracks" else artists(request)

    def artists(request: web.Request) -> web.Response:
        headers = {"X-Request-Id": "x", "X-Upstream-Calls": "1"}
        assert "market" not in request.query
        return web.json_response({"artists": [{"id": request.query["ids"]}]}, headers=headers)

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, TRACKS[0], Item("artist", WORLD.artists[0].id), market="US")()
    assert run.code == NOT_ALL
    assert run.summary["warmed"] == 1
    assert not run.told.waits


async def test_a_gateway_that_is_not_there_is_not_waited_for(tmp_path: Path) -> None:
    run = await Run(tmp_path, "http://127.0.0.1:1", TRACKS[0])()
    assert run.code == NOT_ALL
    assert "no gateway answers at http://127.0.0.1:1" in run.said[-1]
    assert "fermata serve" in run.said[-1]
    assert not run.told.waits


async def test_what_is_no_gateway_is_told_so(tmp_path: Path) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="<h1>It works!</h1>")

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, TRACKS[0])()
    assert run.code == NOT_ALL
    assert f"what answers at {base} (200) is no Fermata gateway" in run.said[-1]


async def test_a_gateway_that_goes_away_is_waited_for_a_while_and_then_the_job_can_be_resumed(
    tmp_path: Path,
) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        if asked > 1 and request.transport is not None:
            request.transport.abort()
        return batch(request)

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, *TRACKS[:60])()
    assert run.code == NOT_ALL
    assert run.summary["warmed"] == 50
    assert "The same command goes on from there." in run.said[-1]
    assert len(run.told.waits) == 5


# Real processes, and a gateway whose budget is spent before they are done.


@asynccontextmanager
async def gateway(spotify: str, folder: Path, *, port: int, calls: int) -> AsyncIterator[str]:
    settings = Settings.from_env(
        {
            "PORT": str(port),
            "DATA_DIR": str(folder),
            "SPOTIFY_CLIENT_ID": "demo-client",
            "SPOTIFY_CLIENT_SECRET": "demo-secret",
            "SPOTIFY_API_URL": f"{spotify}/v1",
            "SPOTIFY_ACCOUNTS_URL": spotify,
            "SPOTIFY_PROFILE": "development",
            "RATE_LIMIT_CALLS": str(calls),
            "RATE_LIMIT_WINDOW": "600",
        }
    )
    async with listening(build_app(wire(settings)), "127.0.0.1", port=port) as base:
        yield base


@asynccontextmanager
async def command(data: Path, base: str, *items: Item) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops", "warm", "--gateway", base, "-"),
        env={**os.environ, "DATA_DIR": str(data)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write("".join(f"{item}\n" for item in items).encode())
    process.stdin.close()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def waits(process: asyncio.subprocess.Process) -> None:
    """Return when the process says that it waits."""
    assert process.stderr is not None
    async with asyncio.timeout(20):
        while b"waiting" not in (line := await process.stderr.readline()):
            assert line, "it ended first"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
async def test_a_job_that_is_stopped_goes_on_where_it_was_and_spends_no_call_twice(
    tmp_path: Path, end: signal.Signals
) -> None:
    wanted, data = TRACKS[:70], tmp_path / "data"
    app = create_app(AMPLE)
    async with listening(app, "127.0.0.1", port=0) as spotify:
        async with gateway(spotify, tmp_path / "1", port=0, calls=30) as base:
            async with command(data, base, *wanted) as process:
                await waits(process)
                process.send_signal(end)
                out, _ = await asyncio.wait_for(process.communicate(), 20)
            assert process.returncode == (130 if end is signal.SIGINT else -signal.SIGKILL)
            assert (b"Interrupted. The same command goes on" in out) == (end is signal.SIGINT)
        before = paths(app[CALL_LOG]).total()
        assert 0 < before < 50
        record = data / "warm" / f"{name_of(base, '', wanted)}.txt"
        with record.open("ab") as file:
            file.write(b"track:tor")
        # Another gateway on the same address, that remembers nothing of the first one.
        port = int(base.rsplit(":", 1)[1])
        async with (
            gateway(spotify, tmp_path / "2", port=port, calls=500),
            command(data, base, *wanted) as process,
        ):
            out, err = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0, err
        assert f"Going on: {before} were done before." in out.decode()
        assert f"calls spent {70 - before}," in out.decode()
        assert paths(app[CALL_LOG]) == {f"/v1/tracks/{item.id}": 1 for item in wanted}
        assert record.read_bytes().endswith(b"\nfinished\n")


async def test_a_playlist_that_was_read_before_the_end_is_not_read_again(tmp_path: Path) -> None:
    playlist = Item("playlist", playlist_id("demo", LONG))
    async with running(AMPLE) as house:
        run = Run(tmp_path, house.base, playlist)
        run.told = Stopping(states=3)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(run())
        assert run.told.closed
        assert "Interrupted" in run.said[-1]
        # The next page may be on its way already; its answer waits in the cache.
        assert paths(house.log)[f"/v1/playlists/{playlist.id}/items"] in {3, 4}
        again = await Run(tmp_path, house.base, playlist)()
        assert again.code == 0
        assert paths(house.log)[f"/v1/playlists/{playlist.id}/items"] == 6


class Stopping(Told):
    """A display at which somebody presses Ctrl-C, as soon as it has shown so many states."""

    def __init__(self, states: int) -> None:
        super().__init__()
        self.left = states

    def moved(self, totals: Totals) -> None:
        super().moved(totals)
        self.left -= 1
        task = asyncio.current_task()
        if not self.left and task is not None:
            task.cancel()


async def test_bad_items_end_the_command_before_anything_is_sent(tmp_path: Path) -> None:
    async with command(tmp_path, "http://127.0.0.1:1", Item("tape", "x")) as process:
        out, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert b"standard input, line 1: 'tape:x' is not" in err
    assert not out
    assert not made_in(tmp_path)


def made_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with command(tmp_path / "file", "http://127.0.0.1:1", TRACKS[0]) as process:
        _, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert b"DATA_DIR" in err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(display: Display) -> None:
    display.moved(Totals(asked=200, before=40, warmed=60, calls=61, waited_s=3700))
    display.waiting(95, "The budget is spent.", begins=True)
    display.waiting(94, "The budget is spent.", begins=False)
    display.close()


def test_a_terminal_gets_a_bar_with_rate_calls_and_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    terminal = Terminal()
    display = display_on(terminal)
    assert isinstance(display, Bar)
    shown(display)
    text = terminal.getvalue()
    assert "100/200" in text
    assert "61 calls" in text
    assert "waited 1 h 1 min" in text
    assert "waiting 1 min 34 s" in text
    assert text.count("The budget is spent.") == 1


def test_one_call_is_not_many() -> None:
    file = io.StringIO()
    display_on(file).moved(Totals(asked=1, warmed=1, calls=1))
    assert "1/1, 1 call, 0 known" in file.getvalue()


def test_a_file_gets_plain_lines() -> None:
    file = io.StringIO()
    display = display_on(file)
    assert isinstance(display, Lines)
    shown(display)
    first, second = file.getvalue().splitlines()
    assert first.endswith("100/200, 61 calls, 0 known, waited 1 h 1 min")
    assert second.endswith("waiting 1 min 35 s: The budget is spent.")
    assert "\r" not in file.getvalue()
