from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import answer, refused
from player_rig import ALBUM, CRUSH, DESK, KITCHEN, FakePlayer, Seat
from tools.player.operations import Operation
from virtual_time import run

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 200), st.floats(), st.text(max_size=5))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "action": st.sampled_from([*Operation.model_json_schema()["properties"]["action"]["enum"], "dance"]),
    "device_id": st.sampled_from([KITCHEN, DESK, ""]),
    "position_ms": st.integers(-1, 10),
    "volume_percent": st.integers(-1, 101),
    "shuffle": st.booleans(),
    "repeat": st.sampled_from(["off", "track", "context", "twice"]),
    "context_uri": st.sampled_from([ALBUM, "album"]),
    "uris": st.lists(st.just(f"spotify:track:{CRUSH}"), max_size=2),
    "offset": st.fixed_dictionaries(
        {}, optional={"position": st.integers(-1, 3), "uri": st.just(f"spotify:track:{CRUSH}")}
    ),
    "queue_uri": st.sampled_from([f"spotify:track:{CRUSH}", "Instant Crush"]),
    "transfer_play": st.booleans(),
    "colour": SCALARS,
}
OPERATIONS = st.one_of(
    st.fixed_dictionaries(
        {"action": VALUES["action"]},
        optional={name: st.one_of(VALUES[name], SCALARS) for name in VALUES if name != "action"},
    ),
    st.fixed_dictionaries({}, optional=VALUES),
    SCALARS,
)
FAULTS = st.sampled_from(
    [
        None,
        None,
        None,
        answer({}, 503),
        refused(403, "no", reason="UNKNOWN"),
        refused(429, "no", retry_after="9000"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    operations=st.lists(OPERATIONS, min_size=1, max_size=25),
    faults=st.lists(FAULTS, max_size=8),
    parallel=st.booleans(),
    dry_run=st.booleans(),
    active=st.booleans(),
)
def test_every_mix_of_operations_has_one_result_for_each(
    operations: list[Any], faults: list[Any], *, parallel: bool, dry_run: bool, active: bool
) -> None:
    async def main() -> None:
        left = iter(faults)
        player = FakePlayer(fault=lambda *_: next(left, None))
        player.state = player.state if active else None
        result = await Seat(player).control(*operations, parallel=parallel, dry_run=dry_run)
        results, summary = result.structured["results"], result.structured["summary"]
        assert summary == {
            "ok": sum(one["ok"] for one in results),
            "failed": sum(not one["ok"] for one in results),
        }
        assert all(one["error"] and one["code"] for one in results if not one["ok"])
        if "estimate" in result.structured:
            assert player.sent == []
            assert summary["failed"] < len(operations)
        else:
            assert [one["index"] for one in results] == list(range(len(operations)))
            assert result.is_error is (summary["ok"] == 0)
            # Every operation may look once at what was so, besides the repeats; the tool itself looks twice.
            assert player.calls.count("GET") <= 2 + len(faults) * 2

    run(main())
