from typing import Any

import pytest
from yarl import URL

from gateway.transport import Response
from pipeline import answer, refused
from tool_rig import LIBRARY, Spotify, called, many
from tools.tool import BadArguments
from virtual_time import run

IDS = many(100)
BANNED = refused(429, "API rate limit exceeded", retry_after="600")


def ids_in(asked: str) -> list[str]:
    return [uri.removeprefix("spotify:track:") for uri in URL(asked.partition(" ")[2]).query["uris"].split(",")]


def done(*_: object) -> Response:
    return Response(200, {}, b"")


def test_the_last_portion_is_saved_first_so_that_the_first_track_ends_on_top() -> None:
    spotify = Spotify(done)
    result = LIBRARY.ask(spotify, action="tracks_add", ids=IDS)
    assert [ids_in(asked) for asked, _ in spotify.asked] == [IDS[80:], IDS[40:80], IDS[:40]]
    assert result.text == "library.tracks_add: 100 saved"
    assert (result.structured["ids"], result.structured["summary"]) == (IDS, {"ok": 100, "failed": 0})


def test_tracks_are_removed_in_order() -> None:
    spotify = Spotify(done)
    LIBRARY.ask(spotify, action="tracks_remove", ids=IDS)
    assert [ids_in(asked) for asked, _ in spotify.asked] == [IDS[:40], IDS[40:80], IDS[80:]]


def test_what_was_saved_before_a_ban_is_told_apart_from_the_rest() -> None:
    spotify = Spotify(lambda *_: done() if len(spotify.sent) == 1 else BANNED)
    result = LIBRARY.ask(spotify, action="tracks_add", ids=IDS)
    told = result.structured
    assert not result.is_error
    assert (told["ok"], told["code"], told["summary"]) == (False, "rate_limited", {"ok": 20, "failed": 80})
    assert (told["ids"], told["data"]) == (IDS[80:], {"saved": 20, "ids": IDS[80:]})
    assert [one["code"] for one in told["results"] if not one["ok"]] == ["not_sent"] * 40 + ["rate_limited"] * 40
    assert told["results"][80] == {"index": 80, "id": IDS[80], "ok": True}
    assert "library.tracks_add: 20 of 100 saved\nFailed: ids 0-79, counted from 0 — rate_limited: " in result.text


def test_what_could_not_be_checked_is_null_and_not_a_no() -> None:
    def script(_: str, url: str) -> Any:
        return BANNED if IDS[40] in url else answer([False] * len(URL(url).query["uris"].split(",")))

    result = LIBRARY.ask(Spotify(script), action="tracks_contains", ids=IDS)
    told = result.structured
    assert not result.is_error
    assert told["contains"] == [False] * 40 + [None] * 40 + [False] * 20
    assert (told["ok"], told["ids"], told["summary"]) == (False, IDS, {"ok": 60, "failed": 40})
    assert result.text.startswith("Already saved: 0/60.\nFailed: ids 40-79, counted from 0 — rate_limited: ")


def test_a_whole_failure_is_one() -> None:
    result = LIBRARY.ask(Spotify(lambda *_: BANNED), action="tracks_contains", ids=IDS)
    assert result.is_error
    assert result.structured["code"] == "rate_limited"
    assert result.structured["retry_after"] == pytest.approx(601, abs=2)


@pytest.mark.parametrize("action", ["tracks_add", "tracks_remove", "tracks_contains"])
def test_ids_that_are_missing_are_asked_for(action: str) -> None:
    missing: list[dict[str, Any]] = [{}, {"ids": []}, {"ids": None}]
    for ids in missing:
        with pytest.raises(BadArguments) as refusal:
            LIBRARY.ask(Spotify(done), action=action, **ids)
        said, example = refusal.value.problems
        assert said == f"ids is missing: {action} needs it"
        assert example.startswith(f'for example {{"action":"{action}","ids":["')


@pytest.mark.parametrize(
    "arguments",
    [
        {"action": "tracks_save"},
        {"action": "tracks_get", "limit": 51},
        {"action": "tracks_add", "ids": many(501)},
        {"action": "tracks_add", "ids": ["spotify:album:" + "1" * 22]},
        {"action": "tracks_get", "colour": "red"},
    ],
)
def test_arguments_outside_the_schema_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(BadArguments, match="for example"):
        LIBRARY.ask(Spotify(done), **arguments)


def test_links_and_uris_are_ids() -> None:
    spotify = Spotify(done)
    forms = [f"spotify:track:{IDS[0]}", f"https://open.spotify.com/track/{IDS[1]}?si=1", IDS[2]]
    assert LIBRARY.ask(spotify, action="tracks_remove", ids=forms).structured["ids"] == IDS[:3]


def test_the_reader_takes_the_reading_actions_and_no_other() -> None:
    async def main() -> None:
        spotify = Spotify(lambda *_: answer([False]))
        reader = LIBRARY.tool(spotify).reader
        assert reader is not None
        assert not (await called(reader, LIBRARY, action="tracks_contains", ids=IDS[:1])).is_error
        for action in ("tracks_add", "tracks_remove"):
            with pytest.raises(BadArguments, match="Input should be 'tracks_get' or 'tracks_contains'"):
                await called(reader, LIBRARY, action=action, ids=IDS)
        assert len(spotify.sent) == 1

    run(main())
