import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gateway.options import CallOptions
from gateway.transport import LostError, Response
from limiter import Priority
from pipeline import answer, refused
from tool_rig import PLAYLISTS, Spotify, called, many
from tools.compat import Compat
from virtual_time import run

ID = "37i9dQZF1DXcBWIGoYBM5M"
URIS = [f"spotify:track:{one}" for one in many(250)]
ADD: dict[str, Any] = {"action": "add_items", "playlist_id": ID, "uris": URIS}


class Script:
    """Takes so many writes, then answers `otherwise`."""

    def __init__(self, good: int, otherwise: Response | BaseException) -> None:
        self.good, self.otherwise, self.heard = good, otherwise, 0

    def __call__(self, *_: str) -> Response | BaseException:
        self.heard += 1
        return answer({"snapshot_id": f"s{self.heard}"}, 201) if self.heard <= self.good else self.otherwise


def test_a_long_list_goes_in_portions_and_in_order() -> None:
    spotify = Spotify(Script(3, refused(500, "no")))
    result = PLAYLISTS.ask(spotify, **ADD)
    assert [body["uris"] for _, body in spotify.asked] == [URIS[:100], URIS[100:200], URIS[200:]]
    assert result.text == "playlist.add_items: 250 added"
    assert result.structured["snapshot_id"] == "s3"
    assert result.structured["summary"] == {"ok": 250, "failed": 0}
    assert result.structured["upstream_calls"] == 3
    assert "results" not in result.structured


def test_a_list_that_is_throttled_midway_tells_what_is_done_what_is_left_and_when() -> None:
    spotify = Spotify(Script(1, refused(429, "API rate limit exceeded", retry_after="600")))
    result = PLAYLISTS.ask(spotify, **ADD)
    told = result.structured
    assert not result.is_error
    assert (told["ok"], told["code"], told["snapshot_id"]) == (False, "rate_limited", "s1")
    assert told["retry_after"] == pytest.approx(601, abs=2)
    assert told["summary"] == {"ok": 100, "failed": 150}
    assert told["data"]["uris"] == URIS[:100]
    assert told["results"][99] == {"index": 99, "uri": URIS[99], "ok": True}
    assert (told["results"][100]["index"], told["results"][100]["code"]) == (100, "rate_limited")
    assert told["results"][249] == {
        "index": 249,
        "uri": URIS[249],
        "ok": False,
        "error": "not sent, since an earlier part failed",
        "code": "not_sent",
        "retry_after": told["retry_after"],
    }
    assert len(spotify.sent) == 2
    first, second, third = result.text.splitlines()
    assert first == "playlist.add_items: 100 of 250 added"
    assert second.startswith("Failed: uris 100-249, counted from 0 — rate_limited: ")
    assert second.endswith("s.")
    assert third == "The others are done: send only these again."


def test_what_is_wrong_in_a_later_portion_is_to_be_mended_before_it_is_sent_again() -> None:
    result = PLAYLISTS.ask(Spotify(Script(1, refused(400, "Payload contains a non-existing ID"))), **ADD)
    assert result.text.splitlines()[1:] == [
        "Failed: uris 100-249, counted from 0 — invalid_arguments: Payload contains a non-existing ID",
        "The others are done: mend these, then send only these again.",
    ]


def test_nothing_of_a_long_list_that_fails_at_once_is_said_to_be_done() -> None:
    result = PLAYLISTS.ask(Spotify(Script(0, refused(403, "Forbidden"))), **ADD)
    assert result.is_error
    assert (result.structured["ok"], result.structured["code"]) == (False, "forbidden")
    assert "snapshot_id" not in result.structured


def test_an_addition_whose_answer_was_lost_is_not_to_be_repeated_blindly() -> None:
    doubt = "They may have been added all the same: look with action items before you add them again."
    for good in (0, 1):
        result = PLAYLISTS.ask(Spotify(Script(good, LostError("reset"))), **ADD)
        assert result.structured["code"] == "unavailable"
        assert result.text.endswith(f"\n{doubt}")
    certain = PLAYLISTS.ask(Spotify(Script(0, refused(429, "no", retry_after="9"))), **ADD)
    assert doubt not in certain.text


def test_a_removal_in_portions_means_the_version_that_it_names() -> None:
    spotify = Spotify(Script(9, refused(500, "no")))
    PLAYLISTS.ask(spotify, action="remove_items", playlist_id=ID, uris=URIS, snapshot_id="old")
    assert [body["snapshot_id"] for _, body in spotify.asked] == ["old"] * 3


def test_the_time_of_a_call_is_for_all_its_portions() -> None:
    async def main() -> None:
        spotify = Spotify(Script(9, refused(500, "no")))
        rig = replace(PLAYLISTS, calls=1, options=CallOptions(deadline_s=45))
        result = await rig.call(spotify, **ADD)
        # One call in thirty seconds: the second portion waits, the third is refused at once.
        assert 30 < asyncio.get_running_loop().time() < 32
        assert result.structured["summary"] == {"ok": 200, "failed": 50}
        assert 29 < result.structured["retry_after"] < 32

    run(main())


def test_no_portion_leaves_after_the_time_is_over() -> None:
    spotify = Spotify(Script(9, refused(500, "no")), delay_s=5)
    rig = replace(PLAYLISTS, options=CallOptions(deadline_s=5.0))
    result = rig.ask(spotify, **ADD)
    # What has left is waited for, since it may be done; what has not stays.
    assert len(spotify.sent) == 1
    assert result.structured["summary"] == {"ok": 100, "failed": 150}
    assert result.structured["error"] == "not sent, since the time for the whole call was over"


@pytest.mark.parametrize(
    ("count", "options", "expected"),
    [
        (100, CallOptions(), None),
        (101, CallOptions(), Priority.BACKGROUND),
        (101, CallOptions(priority=Priority.CONTROL), Priority.CONTROL),
    ],
)
def test_many_portions_are_bulk_unless_the_caller_says_otherwise(
    count: int, options: CallOptions, expected: Priority | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Priority | None] = []

    async def main() -> None:
        spotify = Spotify(Script(9, refused(500, "no")))
        rig = replace(PLAYLISTS, options=options)
        client = rig.client(spotify)
        call = client.call

        async def listening(*args: Any, priority: Priority | None, **rest: Any) -> Any:
            heard.append(priority)
            return await call(*args, priority=priority, **rest)

        monkeypatch.setattr(client, "call", listening)
        await called(rig.over(client), rig, **ADD | {"uris": URIS[:count]})

    run(main())
    assert set(heard) == {expected}


def test_progress_is_told_after_each_portion() -> None:
    steps: list[tuple[float, float]] = []

    async def progress(done: float, total: float) -> None:
        steps.append((done, total))

    replace(PLAYLISTS, progress=progress).ask(Spotify(Script(9, refused(500, "no"))), **ADD)
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_a_cancelled_call_sends_no_further_portion() -> None:
    async def main() -> None:
        spotify = Spotify(Script(9, refused(500, "no")), delay_s=1)
        call = asyncio.create_task(PLAYLISTS.call(spotify, **ADD))
        await asyncio.sleep(1.5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.sleep(5)
        assert len(spotify.sent) == 2

    run(main())


def test_a_dry_run_tells_the_cost_of_all_portions_and_sends_nothing() -> None:
    for compat, cost in ((Compat.SEED, 3), (Compat.ICEENER, 5)):
        for by_header in (True, False):
            spotify = Spotify(Script(9, refused(500, "no")))
            rig = replace(PLAYLISTS, compat=compat, options=CallOptions(dry_run=by_header))
            result = rig.ask(spotify, **ADD, dry_run=not by_header)
            assert result.structured["estimate"]["upstream_calls"] == cost
            assert (result.structured["ok"], result.structured["upstream_calls"]) == (True, 0)
            assert result.text.startswith(f"Nothing was sent. It would cost at most {cost} calls")
            assert spotify.sent == []
