"""Each entry of the catalogue is one MCP tool, small enough to be shown, and answered wherever it is shown."""

import re
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from mcp import Client

from examples import example
from gateway.catalogue import CATALOGUE
from gateway.client import SpotifyClient
from gateway.endpoint import Auth, Endpoint, Profile, Removed
from house import running
from ops.bootstrap import wire
from ops.simulator import SimulatorConfig
from ops.simulator.config import PROFILES as SIMULATED
from tools.generated.names import NAMES
from tools.generated.schema import input_schema
from tools.generated.tool import endpoint_tool, generate
from tools.generated.toolsets import TOOLSETS
from tools.generated.words import DEFAULTS, OVERWRITES, VARIANTS, synonyms_of

NOBODY = cast(SpotifyClient, None)
ENTRIES = list(CATALOGUE.values())
TUNED = "get-recommendations"
PROFILES = {Profile(name): name for name in SIMULATED}
SEEDED = {
    *("get_album", "get_album_tracks", "get_multiple_albums", "get_artist", "get_artist_albums"),
    *("get_artist_top_tracks", "get_related_artists", "get_multiple_artists", "search_spotify"),
    *("get_recommendations", "get_user_playlists"),
}
"""Names that are known from elsewhere."""
THIRTEEN = {
    *("albums", "artists", "audiobooks", "browse", "chapters", "episodes", "markets", "playlists"),
    *("recommendations", "search", "shows", "tracks", "users"),
}


def bytes_of(entry: Endpoint) -> int:
    return len(endpoint_tool(entry, NOBODY).describe().model_dump_json(by_alias=True, exclude_none=True).encode())


def test_every_entry_has_one_name_and_no_two_share_one() -> None:
    assert list(NAMES) == list(CATALOGUE)
    variants = [variant.name for group in VARIANTS.values() for variant in group]
    names = [*NAMES.values(), *variants]
    assert len(set(names)) == len(names)
    for name in names:
        # Revision 2025-11-25 allows more, but some clients do not, and they put the server's name before it.
        assert re.fullmatch("[a-z][a-z_]{2,40}", name), name
    assert set(NAMES.values()) >= SEEDED


def test_every_entry_is_in_a_toolset_and_every_toolset_knows_its_entries() -> None:
    assert set(TOOLSETS) == THIRTEEN | {"library", "player"}
    held = [name for toolset in TOOLSETS.values() for name in toolset.operations]
    assert set(held) == set(CATALOGUE)
    assert all(toolset.operations and toolset.about.endswith(".") for toolset in TOOLSETS.values())


def test_what_is_said_of_an_entry_is_said_of_one_that_is_there() -> None:
    assert DEFAULTS.keys() | VARIANTS.keys() | OVERWRITES <= CATALOGUE.keys()
    for entry in ENTRIES:
        params = {param.name for param in entry.params}
        synonyms = synonyms_of(entry)
        assert set(synonyms.values()) <= params, entry.id
        assert not synonyms.keys() & params, entry.id
        fixed = {name for variant in VARIANTS.get(entry.id, ()) for name in variant.fixed}
        assert fixed | DEFAULTS.get(entry.id, {}).keys() <= params, entry.id


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_entry_is_one_tool_that_says_what_it_does(entry: Endpoint) -> None:
    tool = endpoint_tool(entry, NOBODY)
    assert tool.name == NAMES[entry.id]
    assert len(tool.title) <= 40
    assert tool.description.startswith(entry.summary)
    assert ("signed-in user" in tool.description.removeprefix(entry.summary)) is (entry.auth is Auth.USER)
    assert tool.read_only is (entry.method == "GET")
    assert tool.destructive is (entry.method == "DELETE" or entry.id in OVERWRITES)
    assert not (tool.read_only and tool.destructive)
    assert tool.idempotent is (entry.method == "GET" or (entry.method != "POST" and entry.repeatable))
    hints = tool.describe().annotations
    assert hints is not None
    assert None not in (
        hints.title,
        hints.read_only_hint,
        hints.destructive_hint,
        hints.idempotent_hint,
        hints.open_world_hint,
    )


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_the_schema_of_an_entry_lists_its_parameters_and_fits_a_good_call(entry: Endpoint) -> None:
    schema = input_schema(entry)
    Draft202012Validator.check_schema(schema)
    listed, params = set(schema["properties"]), {param.name for param in entry.params}
    assert listed == (params - {"country"} if "market" in params else params)
    demanded = {param.name for param in entry.params if param.required} - DEFAULTS.get(entry.id, {}).keys()
    assert set(schema.get("required", ())) == demanded
    Draft202012Validator(schema).validate(example(entry))
    assert "comma separated" not in str(schema)


def test_the_tools_cost_an_agent_little() -> None:
    sizes = {entry.id: bytes_of(entry) for entry in ENTRIES}
    assert max(size for name, size in sizes.items() if name != TUNED) < 1400
    assert sizes[TUNED] < 2700
    assert sum(sizes.values()) < 60_000


def shown(profile: Profile) -> set[str]:
    def served(entry: Endpoint) -> bool:
        return not isinstance(entry.emulation.get(profile), Removed)

    return {one.operation for one in generate(ENTRIES, NOBODY, served=served)}


def arguments_of(entry: Endpoint, device: str) -> dict[str, Any]:
    return example(entry) | ({"device_ids": [device]} if entry.id == "transfer-a-users-playback" else {})


def text_of(result: Any) -> str:
    (content,) = result.content
    return str(content.text)


async def device_of(client: Client) -> str:
    found = re.search('"id":"([0-9a-f]{40})"', text_of(await client.call_tool("get_devices", {})))
    assert found
    return found[1]


@pytest.mark.parametrize("profile", PROFILES)
async def test_every_tool_that_is_shown_in_a_profile_is_answered_there(profile: Profile) -> None:
    config = SimulatorConfig(profile=PROFILES[profile], limit=1000)
    async with running(config) as house, Client(f"{house.base}/mcp/full") as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert names & set(NAMES.values()) == {NAMES[name] for name in shown(profile)}
        device = await device_of(client)
        for entry in ENTRIES:
            if entry.id not in shown(profile):
                continue
            result = await client.call_tool(NAMES[entry.id], arguments_of(entry, device))
            assert not result.is_error, (entry.id, text_of(result))
            assert result.structured_content is None
            assert text_of(result)


async def test_an_app_that_nobody_knows_is_shown_all_and_told_what_it_lacks_until_the_next_start() -> None:
    async with running(SimulatorConfig(profile="development"), SPOTIFY_PROFILE="auto") as house:
        async with Client(f"{house.base}/mcp/x/markets,recommendations") as client:
            assert len((await client.list_tools()).tools) == 3
            refused = await client.call_tool("get_available_markets", {})
            assert refused.is_error
            assert text_of(refused).startswith("unsupported_in_profile: ")
            assert refused.structured_content is not None
            assert refused.structured_content["code"] == "unsupported_in_profile"
        assert wire(house.gateway.settings).views.view("x/markets").tools == ()
