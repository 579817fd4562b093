"""The documented examples of the published catalog and of iceener's code, as they are answered here."""

from dataclasses import dataclass, field

import pytest
from jsonschema import Draft202012Validator

from player_rig import ALBUM, CRUSH, DESK, KITCHEN, LUCKY, FakePlayer, Json, Seat, device, playing, track
from tools.compat import Compat
from tools.tool import BadArguments
from virtual_time import run

BOTH = (Compat.SEED, Compat.ICEENER)
OF_KITCHEN = {"device_id": KITCHEN, "device_name": "Kitchen speaker"}
OF_DESK = {"device_id": DESK, "device_name": "Desk"}

# The catalog's example of a status: request and minimal result, word for word but for the elided context.
STATUS_REQUEST: Json = {"include": ["player", "devices", "current_track"]}
STATUS_MESSAGE = f"'Instant Crush' is playing on device 'Kitchen speaker'. Context: {ALBUM}"
STATUS_RESULT: Json = {
    "player": {"is_playing": True, "device_id": "74ASZWbe4lXaubB36ztrGX"},
    "current_track": {
        "type": "track",
        "id": "4cJPC6Y0d1ias1xK2lB9S2",
        "uri": "spotify:track:4cJPC6Y0d1ias1xK2lB9S2",
        "name": "Instant Crush",
        "artists": ["Daft Punk", "Julian Casablancas"],
        "album": "Random Access Memories",
        "duration_ms": 337093,
    },
    "devices": [
        {"id": "74ASZWbe4lXaubB36ztrGX", "name": "Kitchen speaker", "type": "computer", "is_active": True}
    ],
    "devicesById": {
        "74ASZWbe4lXaubB36ztrGX": {
            "id": "74ASZWbe4lXaubB36ztrGX",
            "name": "Kitchen speaker",
            "type": "computer",
            "is_active": True,
        }
    },
}


@pytest.mark.parametrize("compat", BOTH)
@pytest.mark.parametrize("request_", [STATUS_REQUEST, {}, STATUS_REQUEST | {"mode": "slim"}])
def test_status_as_the_catalog_shows_it(compat: Compat, request_: Json) -> None:
    async def main() -> None:
        state = {"is_playing": True, "device": device(), "item": track(), "context": {"uri": ALBUM}}
        result = await Seat(FakePlayer(state), compat).status(**request_)
        assert not result.is_error
        assert result.structured == STATUS_RESULT | {
            "_msg": f"{STATUS_MESSAGE}\n"
            f"Devices:\n- Kitchen speaker (computer, active) — {KITCHEN}\n"
            "spotify_control acts on the active device; transfer moves playback to another device_id.",
            "player": STATUS_RESULT["player"] | {"device_name": "Kitchen speaker", "context_uri": ALBUM},
            "summary": {"ok": 3, "failed": 0},
            "upstream_calls": 2,
        }

    run(main())


# What iceener's code answers to each section, with everything that Spotify may tell.
SECTIONS: dict[str, Json] = {
    "player": {
        "player": {
            "is_playing": True,
            "shuffle_state": False,
            "repeat_state": "off",
            "progress_ms": 1000,
            "timestamp": 1700000000000,
            "device_id": KITCHEN,
            "device_name": "Kitchen speaker",
            "context_uri": ALBUM,
        }
    },
    "devices": {name: STATUS_RESULT[name] for name in ("devices", "devicesById")},
    "queue": {
        "queue": {
            "current_id": CRUSH,
            "next_ids": [LUCKY],
            "byId": {
                CRUSH: STATUS_RESULT["current_track"],
                LUCKY: STATUS_RESULT["current_track"]
                | {"id": LUCKY, "uri": f"spotify:track:{LUCKY}", "name": "Get Lucky"},
            },
        }
    },
    "current_track": {"current_track": STATUS_RESULT["current_track"]},
}


@pytest.mark.parametrize("compat", BOTH)
@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_of_a_status(compat: Compat, section: str) -> None:
    async def main() -> None:
        queue = {"currently_playing": track(), "queue": [track(LUCKY, "Get Lucky")]}
        result = await Seat(FakePlayer(queue=queue), compat).status(include=[section])
        told = {name: value for name, value in result.structured.items() if name != "_msg"}
        assert told == SECTIONS[section] | {"summary": {"ok": 1, "failed": 0}, "upstream_calls": 1}
        assert not result.is_error

    run(main())


@dataclass
class Case:
    """One operation as a source documents it, what Spotify is sent for it, and what is answered."""

    operation: Json
    request: tuple[str, str, Json, Json]
    result: Json
    compat: tuple[Compat, ...] = BOTH
    message: str = "Playback is active on 'Kitchen speaker'."
    state: Json = field(default_factory=playing)


def _set(action: str, field_: str, value: object, note: str, *, sent: Json, method: str = "PUT") -> Case:
    """A case of an action that sets one thing."""
    return Case({"action": action, field_: value}, (method, f"/{action}", sent, {}), OF_KITCHEN | {"note": note})


STARTED = "Playback started on 'Kitchen speaker'."
CASES = {
    "play a context": Case(
        {"action": "play", "context_uri": ALBUM},
        ("PUT", "/play", {}, {"context_uri": ALBUM}),
        OF_KITCHEN | {"note": ALBUM},
        message=STARTED,
    ),
    "play a context from a place": Case(
        {"action": "play", "context_uri": ALBUM, "offset": {"position": 5}, "device_id": DESK},
        ("PUT", "/play", {"device_id": DESK}, {"context_uri": ALBUM, "offset": {"position": 5}}),
        OF_DESK | {"note": ALBUM},
        message="Playback started on 'Desk'.",
    ),
    "play a context from a track": Case(
        {"action": "play", "context_uri": ALBUM, "offset": {"uri": f"spotify:track:{CRUSH}"}},
        ("PUT", "/play", {}, {"context_uri": ALBUM, "offset": {"uri": f"spotify:track:{CRUSH}"}}),
        OF_KITCHEN | {"note": ALBUM},
        message=STARTED,
    ),
    "play tracks": Case(
        {"action": "play", "uris": [f"spotify:track:{LUCKY}", f"spotify:track:{CRUSH}"], "position_ms": 7},
        ("PUT", "/play", {}, {"uris": [f"spotify:track:{LUCKY}", f"spotify:track:{CRUSH}"], "position_ms": 7}),
        OF_KITCHEN | {"note": "2 URIs"},
        message=STARTED,
    ),
    "play resumes": Case(
        {"action": "play"},
        ("PUT", "/play", {}, {}),
        OF_KITCHEN | {"note": "resumed"},
        message=STARTED,
        state=playing(is_playing=False),
    ),
    # Names of the older reference.
    "resume": Case(
        {"action": "resume"}, ("PUT", "/play", {}, {}), OF_KITCHEN | {"note": "resumed"}, message=STARTED
    ),
    "start": Case(
        {"action": "start", "uris": [f"spotify:track:{LUCKY}"]},
        ("PUT", "/play", {}, {"uris": [f"spotify:track:{LUCKY}"]}),
        OF_KITCHEN | {"note": f"spotify:track:{LUCKY}"},
        message=STARTED,
    ),
    "pause": Case(
        {"action": "pause"}, ("PUT", "/pause", {}, {}), OF_KITCHEN, message="Playback paused on 'Kitchen speaker'."
    ),
    "pause a device": Case(
        {"action": "pause", "device_id": KITCHEN},
        ("PUT", "/pause", {"device_id": KITCHEN}, {}),
        OF_KITCHEN,
        message="Playback paused on 'Kitchen speaker'.",
    ),
    "next": Case({"action": "next"}, ("POST", "/next", {}, {}), OF_KITCHEN),
    "previous": Case({"action": "previous"}, ("POST", "/previous", {}, {}), OF_KITCHEN),
    "seek": _set("seek", "position_ms", 30_000, "moved to 30000 ms", sent={"position_ms": "30000"}),
    "volume": _set("volume", "volume_percent", 50, "volume set to 50", sent={"volume_percent": "50"}),
    "shuffle": Case(
        {"action": "shuffle", "shuffle": True},
        ("PUT", "/shuffle", {"state": "true"}, {}),
        OF_KITCHEN | {"note": "shuffle on"},
    ),
    "repeat": _set("repeat", "repeat", "context", "repeat context", sent={"state": "context"}),
    "queue": _set(
        "queue",
        "queue_uri",
        f"spotify:track:{LUCKY}",
        f"queued spotify:track:{LUCKY}",
        sent={"uri": f"spotify:track:{LUCKY}"},
        method="POST",
    ),
    "transfer plays, says the catalog": Case(
        {"action": "transfer", "device_id": DESK},
        ("PUT", "", {}, {"device_ids": [DESK], "play": True}),
        OF_DESK | {"note": "playing there"},
        (Compat.SEED,),
        message="Playback started on 'Desk'.",
    ),
    "transfer does not play, says iceener": Case(
        {"action": "transfer", "device_id": DESK},
        ("PUT", "", {}, {"device_ids": [DESK], "play": False}),
        OF_DESK | {"note": "as it was"},
        (Compat.ICEENER,),
        message="Playback is active on 'Desk'.",
    ),
    "transfer as it was": Case(
        {"action": "transfer", "device_id": DESK, "transfer_play": False},
        ("PUT", "", {}, {"device_ids": [DESK], "play": False}),
        OF_DESK | {"note": "as it was"},
        message="Playback is paused on 'Desk'.",
        state=playing(is_playing=False),
    ),
    "transfer and play": Case(
        {"action": "transfer", "device_id": DESK, "transfer_play": True},
        ("PUT", "", {}, {"device_ids": [DESK], "play": True}),
        OF_DESK | {"note": "playing there"},
        message="Playback started on 'Desk'.",
        state=playing(is_playing=False),
    ),
}


@pytest.mark.parametrize(("name", "compat"), [(name, one) for name, case in CASES.items() for one in case.compat])
@pytest.mark.parametrize("parallel", [False, True])
def test_each_action_of_a_control_call(name: str, compat: Compat, *, parallel: bool) -> None:
    case = CASES[name]

    async def main() -> None:
        shown = Seat(FakePlayer(), compat).control_tool().input_schema
        Draft202012Validator(dict(shown)).validate({"operations": [case.operation], "parallel": parallel})
        player = FakePlayer(dict(case.state), devices=[device(), device(DESK, "Desk", active=False)])
        result = await Seat(player, compat).control(case.operation, parallel=parallel)
        assert [tuple(call[1:]) for call in player.sent] == [
            case.request,
            ("GET", "", {"additional_types": "track,episode"}, {}),
        ]
        action = case.operation["action"]
        told = {name: value for name, value in result.structured.items() if name != "_msg"}
        assert told == {
            "results": [{"index": 0, "action": action, "ok": True} | case.result],
            "summary": {"ok": 1, "failed": 0},
            "upstream_calls": 2,
        }
        assert result.text.splitlines()[0] == f"{action} succeeded. {case.message}"
        assert not result.is_error

    run(main())


def test_the_message_of_the_catalogs_example_of_a_control_call() -> None:
    async def main() -> None:
        result = await Seat(FakePlayer()).control(
            {"action": "volume", "volume_percent": 50},
            {"action": "shuffle", "shuffle": True},
            {"action": "play", "context_uri": ALBUM},
        )
        assert result.text == (
            "All 3 actions succeeded. Playback started on 'Kitchen speaker'.\n"
            f"'Instant Crush' is playing on device 'Kitchen speaker'. Volume: 50%. Context: {ALBUM}\n"
            "Done; spotify_status tells everything in full."
        )

    run(main())


LACKING = {
    "seek": "position_ms",
    "volume": "volume_percent",
    "shuffle": "shuffle",
    "repeat": "repeat",
    "transfer": "device_id",
    "queue": "queue_uri",
}


@pytest.mark.parametrize("compat", BOTH)
@pytest.mark.parametrize("action", LACKING)
def test_an_action_without_its_field_fails_alone(compat: Compat, action: str) -> None:
    async def main() -> None:
        player = FakePlayer()
        result = await Seat(player, compat).control({"action": action}, {"action": "pause"})
        assert result.structured["results"][0] == {
            "index": 0,
            "action": action,
            "ok": False,
            "error": f"{action} needs {LACKING[action]}",
            "code": "invalid_arguments",
        }
        assert result.structured["results"][1]["ok"]
        assert result.structured["summary"] == {"ok": 1, "failed": 1}
        assert result.text.startswith("1 of 2 actions succeeded.")
        # The catalog calls it an error only if nothing worked, iceener if anything did not.
        assert result.is_error is (compat is Compat.ICEENER)
        assert player.calls == ["PUT /pause", "GET"]

    run(main())


CONTRADICTIONS: dict[str, Json] = {
    "context_uri and uris exclude each other": {"context_uri": ALBUM, "uris": [f"spotify:track:{CRUSH}"]},
    "offset.uri needs context_uri": {"offset": {"uri": f"spotify:track:{CRUSH}"}},
    "offset takes position or uri, not both": {
        "context_uri": ALBUM,
        "offset": {"uri": f"spotify:track:{CRUSH}", "position": 1},
    },
}


@pytest.mark.parametrize("problem", CONTRADICTIONS)
def test_a_contradiction_spoils_one_operation_or_with_iceener_the_call(problem: str) -> None:
    async def main() -> None:
        operations = ({"action": "pause"}, {"action": "play", **CONTRADICTIONS[problem]})
        result = await Seat(FakePlayer()).control(*operations)
        assert [one["ok"] for one in result.structured["results"]] == [True, False]
        told = {name: result.structured["results"][1][name] for name in ("error", "code")}
        assert told == {"error": problem, "code": "invalid_arguments"}
        player = FakePlayer()
        with pytest.raises(BadArguments) as refusal:
            await Seat(player, Compat.ICEENER).control(*operations)
        assert refusal.value.problems == [f"operations.1: {problem}"]
        assert player.sent == []

    run(main())
