"""Each tool, from outside, in each trouble that Spotify can make: it heals, or it is told at once and truly."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from agents import HTTP, Answer, OfficialAgent, connected
from house import running
from jobs import JOBS, Job
from ops.simulator import TOKEN_DESK, SimulatorConfig, parse_faults

# A window of two seconds is as exact as one of thirty and does not make the suite wait.
QUICK = SimulatorConfig(limit=100, window_s=2.0)
BOUND_S = 30
"""Less than the slowest answer of Spotify here, and far less than its longest ban."""


class Fate(NamedTuple):
    """What becomes of a job: the code of its failure, empty if it worked, and the calls that it makes."""

    code: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One way in which Spotify spoils every job, each on its own path.

    Attributes:
        faults: What the simulator does, without the path.
        fate: What becomes of a job.
        of_writes: What becomes instead of a job that must not be sent twice; None for the same.
        of_public: What becomes instead of a job that needs no user; None for the same.
        says: What a failure says, in part.
        spares: Whether jobs are left out whose answer is waited for past the deadline.
        settings: Of the gateway.
    """

    faults: str
    fate: Fate
    of_writes: Fate | None = None
    of_public: Fate | None = None
    says: str = ""
    spares: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)

    def fates(self) -> dict[str, Fate]:
        return {name: self._fate(job) for name, job in JOBS.items() if not (self.spares and job.waits)}

    def _fate(self, job: Job) -> Fate:
        special = (None if job.repeatable else self.of_writes) or (self.of_public if job.public else None)
        return special or self.fate


DOWN = "Spotify answered 503 Service Unavailable"
TROUBLES = {
    "a pause of two seconds": Trouble(faults="429:retry_after=2,times=1", fate=Fate("", 2)),
    "a ban of a day": Trouble(
        faults="429:retry_after=80000,times=1", fate=Fate("rate_limited", 1), says="Try again in 8000"
    ),
    "a spent day quota": Trouble(
        faults="429:retry_after=50000,reason=QUOTA_EXCEEDED,times=1",
        fate=Fate("rate_limited", 1),
        says="Spotify's day quota of this developer account is spent",
    ),
    "one failure": Trouble(faults="503:times=1", fate=Fate("", 2), of_writes=Fate("unavailable", 1), says=DOWN),
    "an outage": Trouble(faults="503", fate=Fate("unavailable", 3), of_writes=Fate("unavailable", 1), says=DOWN),
    "one lost connection": Trouble(
        faults="reset:times=1",
        fate=Fate("", 2),
        of_writes=Fate("unavailable", 1),
        says="Spotify gave no answer",
    ),
    "a token that is refused once": Trouble(faults="401:times=1", fate=Fate("", 2)),
    "a token that is never taken": Trouble(
        faults="401", fate=Fate("unauthorized", 2), says="The access token expired"
    ),
    "an answer that does not come": Trouble(
        faults="delay:delay_s=50",
        fate=Fate("timeout", 1),
        says=" time",
        spares=True,
        settings={"FERMATA_DEADLINE_S": "0.3"},
    ),
    "nobody signed in": Trouble(
        faults="",
        fate=Fate("unauthorized", 0),
        of_public=Fate("", 1),
        says="in a browser to sign in with Spotify, then repeat the call",
        settings={"FERMATA_REFRESH_TOKEN": ""},
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
async def test_trouble_heals_or_is_told_and_never_hangs(name: str) -> None:
    trouble = TROUBLES[name]
    expected = trouble.fates()
    async with asyncio.timeout(BOUND_S):
        fates = await asyncio.gather(*(befall(trouble, JOBS[job]) for job in expected))
    assert dict(zip(expected, fates, strict=True)) == expected


async def befall(trouble: Trouble, job: Job) -> Fate:
    """Return what becomes of `job`, which has a gateway to itself."""
    faults = parse_faults(trouble.faults and f"{trouble.faults}{',' if ':' in trouble.faults else ':'}{on(job)}")
    config = SimulatorConfig(limit=QUICK.limit, window_s=QUICK.window_s, faults=faults)
    async with running(config, **trouble.settings) as house, connected(house, "auto") as agent:
        answer = await agent.call(job.tool, job.arguments)
        calls = house.log.count(path_prefix=job.path)
        if code := answer.failure.get("code", ""):
            assert answer.is_error
            assert f"{code}: " in answer.text
            assert trouble.says in answer.text
        else:
            assert not answer.is_error
            assert job.says in answer.text
        if code == "rate_limited":
            assert answer.failure["retry_after"] > 49_000
            again = await agent.call(job.tool, job.arguments)
            # Not the same: nobody should come back on the dot together.
            assert again.failure["retry_after"] == pytest.approx(answer.failure["retry_after"], abs=5)
            assert house.log.count(path_prefix=job.path) == calls
        return Fate(str(code), calls)


def on(job: Job) -> str:
    return f"path_prefix={job.path}"


async def test_a_client_says_by_a_header_how_long_it_waits() -> None:
    config = SimulatorConfig(faults=parse_faults("delay:delay_s=50"))
    async with (
        running(config) as house,
        httpx2.AsyncClient(headers={"X-Deadline-Ms": "300"}) as http,
        Client(streamable_http_client(f"{house.base}/mcp", http_client=http)) as client,
        asyncio.timeout(BOUND_S),
    ):
        agent = OfficialAgent(client)
        for name in ("search", "status", "control", "playlists", "library"):
            answer = await agent.call(JOBS[name].tool, JOBS[name].arguments)
            assert answer.failure["code"] == "timeout"


async def test_a_write_that_may_have_happened_is_looked_for_before_it_is_done_again() -> None:
    for faults in ("503", "reset"):
        config = SimulatorConfig(faults=parse_faults(f"{faults}:times=1"))
        async with running(config) as house, connected(house, "auto") as agent:
            answer = await agent.call("spotify_playlist", JOBS["create"].arguments)
        assert answer.text.endswith("look with action list_user before you make it again.")


async def test_one_bad_query_of_three_does_not_spoil_the_two_good_ones() -> None:
    # The first call fails; the fourth and those after it are its repeats.
    config = SimulatorConfig(faults=parse_faults("503:times=1;503:after=3"))
    async with running(config) as house, connected(house, "auto") as agent:
        queries = ["Paper Lanterns", "Night Ferry", "Saltglass"]
        answer = await agent.call("spotify_search", {"queries": queries, "types": ["track"], "limit": 2})
        assert not answer.is_error
        assert answer.told["summary"] == {"ok": 2, "failed": 1}
        found = [batch["items"][0]["name"] for batch in answer.told["batches"] if batch["ok"]]
        lost = [batch["query"] for batch in answer.told["batches"] if not batch["ok"]]
        assert sorted(found + lost) == sorted(queries)
        assert f'Failed: "{lost[0]}" — unavailable: {DOWN}' in answer.text
        assert answer.failure["inputIndex"] == queries.index(lost[0])


async def test_a_ban_of_one_kind_leaves_the_others_alone_and_what_is_cached_is_still_told() -> None:
    async with running(QUICK) as house, connected(house, "auto") as agent:
        search = JOBS["search"]
        before = await agent.call(search.tool, search.arguments)
        await house.spoil("429:retry_after=80000,path_prefix=/v1/search,times=1")
        banned = await agent.call(search.tool, {**search.arguments, "queries": ["Night Ferry"]})
        assert banned.failure["code"] == "rate_limited"
        assert (await agent.call(search.tool, search.arguments)).text == before.text
        mixed = {**search.arguments, "queries": ["Paper Lanterns", "Saltglass"]}
        assert (await agent.call(search.tool, mixed)).told["summary"] == {"ok": 1, "failed": 1}
        assert house.log.count(path_prefix="/v1/search") == 2


async def test_a_scope_that_was_not_granted_is_named() -> None:
    async with running() as one:
        granted = one.simulator[TOKEN_DESK].login("demo", "user-read-currently-playing")
        poor = {
            "SPOTIFY_API_URL": f"{one.spotify}/v1",
            "SPOTIFY_ACCOUNTS_URL": one.spotify,
            "FERMATA_REFRESH_TOKEN": granted["refresh_token"],
        }
        async with running(**poor) as house, connected(house, "auto") as agent:
            for name, scope in SCOPES.items():
                one.log.clear()
                answer = await agent.call(JOBS[name].tool, JOBS[name].arguments)
                assert (answer.failure["code"], answer.failure["reason"]) == ("forbidden", "SCOPE_MISSING"), name
                assert f"his needs {scope}" in answer.text
                assert "/login in a browser to sign in" in answer.text
                assert "changes nothing until" in answer.text or "Sign in as the error says" in answer.text
                # Spotify says what was granted with the first token; from then on nothing is sent in vain.
                assert one.log.count(path_prefix="/v1/") == (name == "status")


async def test_a_session_that_is_revoked_is_told_with_the_way_back() -> None:
    async with running(SimulatorConfig(token_ttl_s=1)) as house, connected(house, "auto") as agent:
        house.simulator[TOKEN_DESK].revoke("demo")
        for name, job in JOBS.items():
            answer = await agent.call(job.tool, job.arguments)
            if not job.public:
                assert answer.failure["code"] == "unauthorized", name
                assert "/login in a browser to sign in with Spotify, then repeat the call." in answer.text


SCOPES = {
    "status": "user-read-playback-state",
    "control": "user-modify-playback-state",
    "create": "playlist-modify-",
    "library": "user-library-read",
    "save": "user-library-modify",
}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "spotify_search",
        {"queries": ["x"], "types": ["track"], "limit": 2.5},
        "limit: Input should be a valid integer",
    ),
    ("spotify_search", {"queries": ["x"], "types": ["track"], "limit": 51}, "limit: Input should be less than or"),
    (
        "spotify_search",
        {"queries": ["x"], "types": ["track"], "limit": "x"},
        "limit: Input should be a valid integer",
    ),
    ("spotify_search", {"queries": ["x"], "types": ["track"], "a": 1}, "a: there is no such argument"),
    (
        "spotify_search",
        {"queries": [""], "types": ["track"]},
        "queries.0: String should have at least 1 character",
    ),
    (
        "spotify_search",
        {"queries": [" "], "types": ["track"]},
        "queries.0: must not be blank",
    ),
    ("spotify_search", {"queries": [], "types": ["track"]}, "queries: List should have at least 1 item"),
    ("spotify_search", {"queries": ["x"] * 21, "types": ["track"]}, "queries: List should have at most 20 items"),
    ("spotify_search", {"queries": ["x"], "types": ["zzz"]}, "types.0: Input should be 'album', 'artist'"),
    ("spotify_search", {"queries": ["x"], "types": []}, "types: List should have at least 1 item"),
    ("spotify_search", {}, "queries: is missing\n- types: is missing\nIt takes: queries, types, market"),
    ("spotify_status", {"include": []}, "include: List should have at least 1 item"),
    ("spotify_status", {"a": 1}, "a: there is no such argument\nIt takes: include"),
    (
        "spotify_control",
        {"operations": [{"action": "pause"}] * 26},
        "operations: List should have at most 25 items",
    ),
    ("spotify_control", {"operations": []}, "operations: List should have at least 1 item"),
    ("spotify_control", {"action": "pause"}, "operations: is missing\n- action: there is no such argument"),
    ("spotify_control", {"operations": ["pause"]}, 'it must be an object such as {"action": "pause"}'),
    (
        "spotify_control",
        {"operations": [{"action": "pause", "a": 1}]},
        "a: there is no such argument; pause takes",
    ),
    ("spotify_playlist", {"action": "zzz"}, "action: Input should be 'list_user', 'get', 'items'"),
    ("spotify_playlist", {"action": "list_user", "a": 1}, "a: there is no such argument\n- for example {"),
    ("spotify_playlist", {"action": "get", "playlist_id": "short"}, "playlist_id: must name a playlist by its id"),
    ("spotify_playlist", {"action": "list_user", "limit": 2.5}, "limit: Input should be a valid integer"),
    ("spotify_library", {"action": "tracks_add"}, "ids is missing: tracks_add needs it"),
    ("spotify_library", {"action": "tracks_add", "ids": [""]}, "ids.0: must name a track by its id"),
    (
        "spotify_library",
        {"action": "tracks_get", "offset": -1},
        "offset: Input should be greater than or equal to 0",
    ),
]


@pytest.mark.parametrize("wire", HTTP)
async def test_bad_arguments_are_told_and_cost_nothing(wire: str) -> None:
    async with running() as house, connected(house, wire) as agent:
        for tool, arguments, said in WRONG:
            answer = await agent.call(tool, arguments)
            assert answer.is_error, arguments
            assert said in answer.text
        assert house.log.count() == 0


@pytest.mark.parametrize("wire", HTTP)
async def test_fifty_times_the_same_at_once_is_one_call(wire: str) -> None:
    async with running(QUICK) as house, connected(house, wire) as agent:
        job = JOBS["search"]
        answers = await asyncio.gather(*(agent.call(job.tool, job.arguments) for _ in range(50)))
        assert all(job.says in answer.text for answer in answers)
        assert house.log.count(path_prefix=job.path) == 1


async def test_more_than_the_budget_by_all_wires_at_once_trips_nothing() -> None:
    async with running(QUICK) as house:

        async def searched(wire: str) -> list[Answer]:
            async with connected(house, wire) as agent:
                asked = [{"queries": [f"{wire} {n}"], "types": ["track"], "limit": 5} for n in range(30)]
                return await asyncio.gather(*(agent.call("spotify_search", one) for one in asked))

        answers = [one for answers in await asyncio.gather(*map(searched, HTTP)) for one in answers]
        assert len(answers) == 120
        assert not any(answer.is_error for answer in answers)
        assert house.log.count(path_prefix="/v1/search") == 120
        assert house.log.refused == 0
        assert house.log.worst_window(QUICK.window_s) <= QUICK.limit
