"""A warm-up that is stopped goes on where it was."""

import asyncio
import signal
from pathlib import Path

import pytest

from house import running
from ops.serve import listening
from ops.simulator import CALL_LOG, create_app
from ops.simulator.people.founders import LONG, playlist_id
from ops.warm.display import Totals
from ops.warm.items import Item
from ops.warm.record import name_of
from warm_rig import AMPLE, TRACKS, Run, Told, command, gateway, paths, waits


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
