import asyncio
from typing import Any

import pytest

from gateway.options import CallOptions
from limiter import Priority
from player_rig import ALBUM, DESK, KITCHEN, LUCKY, FakePlayer, Seat, device
from tools.compat import Compat
from tools.player import control_tool
from tools.tool import BadArguments, ToolCall
from virtual_time import run

PAUSE = {"action": "pause"}
NEXT = {"action": "next"}


def test_operations_are_done_in_their_order_and_looked_at_once() -> None:
    async def main() -> None:
        player = FakePlayer(devices=[device(), device(DESK, "Desk", active=False)])
        result = await Seat(player).control(
            {"action": "transfer", "device_id": DESK},
            {"action": "volume", "volume_percent": 30},
            {"action": "transfer", "device_id": KITCHEN},
            NEXT,
        )
        assert player.calls == ["PUT", "PUT /volume", "PUT", "POST /next", "GET"]
        assert result.structured["upstream_calls"] == 5
        assert [one.get("device_id") for one in result.structured["results"]] == [DESK, DESK, KITCHEN, KITCHEN]
        assert result.structured["results"][2]["from_device_id"] == DESK
        assert result.structured["results"][3]["device_name"] == "Kitchen speaker"

    run(main())


def test_where_playback_came_from_is_told_as_far_as_the_call_itself_shows_it() -> None:
    async def main() -> None:
        result = await Seat(FakePlayer()).control(
            *({"action": "transfer", "device_id": one} for one in (KITCHEN, DESK, KITCHEN))
        )
        told = [one.get("from_device_id") for one in result.structured["results"]]
        assert told == [None, KITCHEN, DESK]
        assert result.structured["results"][1]["from_device_name"] == "Kitchen speaker"

    run(main())


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"action": "play", "uri": "x"}, "uri: there is no such argument; play takes device_id, context_uri,"),
        ({"action": "volume", "volume_percent": 2.5}, "volume takes device_id, volume_percent"),
        ({"action": "dance"}, "action: Input should be 'play'"),
        ("pause", 'it must be an object such as {"action": "pause"}'),
    ],
)
def test_an_operation_that_cannot_be_read_is_told_what_it_could_be(operation: Any, said: str) -> None:
    async def main() -> None:
        result = await Seat(FakePlayer()).control(operation)
        assert said in result.structured["results"][0]["error"]
        assert said in result.text

    run(main())


def test_operations_that_cannot_be_read_fail_alone() -> None:
    async def main() -> None:
        player = FakePlayer()
        result = await Seat(player).control(
            {"action": "dance"},
            {"action": "volume", "volume_percent": 101},
            {"action": "volume", "volume_percent": 50.5},
            {"action": "pause", "colour": "red"},
            {"action": "queue", "queue_uri": "Instant Crush"},
            {"action": "play", "offset": {"position": 1}},
            {"device_id": DESK},
            "pause",
            None,
            {"action": "seek", "position_ms": 30000.0},
        )
        results = result.structured["results"]
        assert [one["ok"] for one in results] == [False] * 9 + [True]
        assert {one["code"] for one in results[:9]} == {"invalid_arguments"}
        assert [one["action"] for one in results][6:9] == ["unknown"] * 3
        assert "volume_percent" in results[1]["error"]
        assert "fractional" in results[2]["error"]
        assert player.calls == ["PUT /seek", "GET"]
        assert result.text.startswith("1 of 10 actions succeeded.")

    run(main())


def test_fields_of_other_actions_are_no_fault_and_are_told() -> None:
    async def main() -> None:
        player = FakePlayer()
        result = await Seat(player).control(
            {"action": "pause", "volume_percent": 5, "offset": None, "uris": None, "position_ms": None},
            {"action": "play", "offset": {}},
        )
        notes = [one["note"] for one in result.structured["results"]]
        assert notes == ["pause has no use for volume_percent", "resumed"]
        assert player.sent[0][3:] == ({}, {})

    run(main())


def test_with_iceener_an_operation_outside_the_schema_spoils_the_call() -> None:
    async def main() -> None:
        player = FakePlayer()
        with pytest.raises(BadArguments, match=r"operations\.1\.action"):
            await Seat(player, Compat.ICEENER).control(PAUSE, {"action": "dance"})
        assert player.sent == []

    run(main())


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"operations": []},
        {"operations": [PAUSE] * 26},
        {"operations": PAUSE},
        {"operations": [PAUSE], "parallel": "maybe"},
        {"operations": [PAUSE], "colour": "red"},
    ],
)
@pytest.mark.parametrize("compat", Compat)
def test_calls_outside_the_schema_are_refused(arguments: dict[str, Any], compat: Compat) -> None:
    async def main() -> None:
        player = FakePlayer()
        with pytest.raises(BadArguments):
            await Seat(player, compat).control_tool().run(ToolCall(arguments))
        assert player.sent == []

    run(main())


def test_a_dry_run_sends_nothing_and_tells_cost_and_faults() -> None:
    async def main() -> None:
        player = FakePlayer()
        operations = (PAUSE, {"action": "seek"}, {"action": "queue", "queue_uri": "nonsense"}, NEXT)
        for result in (
            await Seat(player).control(*operations, dry_run=True),
            await Seat(player).control(*operations, options=CallOptions(dry_run=True)),
        ):
            # Two commands and the look at what they did.
            assert result.structured["estimate"]["upstream_calls"] == 3
            assert [one["index"] for one in result.structured["results"]] == [1, 2]
            assert result.structured["summary"] == {"ok": 0, "failed": 2}
            assert result.text.startswith("Nothing was sent. It would cost at most 3 calls")
            assert "Failed: operations[1] seek — invalid_arguments: seek needs position_ms" in result.text
            assert not result.is_error
        assert player.sent == []

    run(main())


def test_commands_are_urgent_unless_the_caller_says_otherwise() -> None:
    heard: list[Any] = []

    class Client:
        deadline_s = 60.0

        async def call(self, endpoint_id: str, *_: object, priority: Priority, **__: object) -> None:
            heard.append((endpoint_id, priority))
            raise RuntimeError

    async def main(options: CallOptions) -> None:
        tool = control_tool(Client(), clock=lambda: 0.0, sleep=asyncio.sleep)  # type: ignore[arg-type]  # all it needs
        with pytest.raises(RuntimeError):
            await tool.run(ToolCall({"operations": [PAUSE]}, options=options))

    run(main(CallOptions()))
    run(main(CallOptions(priority=Priority.CRAWL)))
    assert heard == [("pause-a-users-playback", Priority.CONTROL), ("pause-a-users-playback", Priority.CRAWL)]


@pytest.mark.parametrize("parallel", [False, True])
def test_progress_is_told_after_each_operation(*, parallel: bool) -> None:
    told: list[tuple[float, float]] = []

    async def progress(done: float, total: float) -> None:
        told.append((done, total))

    async def main() -> None:
        call = ToolCall({"operations": [PAUSE, NEXT, NEXT], "parallel": parallel}, progress=progress)
        await Seat(FakePlayer()).control_tool().run(call)

    run(main())
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(("compat", "plays"), [(Compat.SEED, True), (Compat.ICEENER, False)])
def test_the_definition_is_short_and_honest(compat: Compat, *, plays: bool) -> None:
    tool = control_tool(None, clock=lambda: 0.0, sleep=asyncio.sleep, compat=compat)  # type: ignore[arg-type]  # unused
    listed = tool.describe().model_dump_json(by_alias=True, exclude_none=True)
    assert len(listed.encode()) <= 5500
    assert (tool.name, tool.aliases) == ("spotify_control", ())
    assert (tool.read_only, tool.destructive, tool.idempotent) == (False, False, False)
    operation = tool.input_schema["$defs"]["Operation"]["properties"]
    assert operation["transfer_play"]["default"] is plays


def test_a_link_is_as_good_as_a_uri() -> None:
    async def main() -> None:
        player = FakePlayer()
        page = "https://open.spotify.com"
        result = await Seat(player).control(
            {"action": "play", "uris": [f"{page}/track/{LUCKY}?si=1"]},
            {
                "action": "play",
                "context_uri": f"{page}/intl-de/album/4m2880jivSbbyEGAKfITCa",
                "offset": {"uri": f"{page}/track/{LUCKY}"},
            },
            {"action": "queue", "queue_uri": f"{page}/track/{LUCKY}"},
        )
        song = f"spotify:track:{LUCKY}"
        sent = [(dict(query), body) for _, method, _, query, body in player.sent if method != "GET"]
        assert sent == [
            ({}, {"uris": [song]}),
            ({}, {"context_uri": ALBUM, "offset": {"uri": song}}),
            ({"uri": song}, {}),
        ]
        assert result.structured["summary"] == {"ok": 3, "failed": 0}

    run(main())
