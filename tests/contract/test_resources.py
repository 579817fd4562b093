"""Every read of the catalogue is a resource or is left out for a reason, and each one says what REST says."""

from typing import Any

import aiohttp
import mcp_types as types
import orjson
import pytest
from mcp import Client

from examples import example
from gateway.catalogue import CATALOGUE
from gateway.changes import Change
from gateway.endpoint import Profile
from house import running
from ops.simulator import SimulatorConfig
from resources_rig import served_by
from tools.resources.index import ResourceIndex
from tools.resources.resource import Resource, resources_of
from tools.resources.table import LEFT_OUT, ROWS

RESOURCES = resources_of(CATALOGUE)
CHANGING = {"player", "queue", "currently-playing", "recently-played"}


def test_every_read_has_a_row_or_a_reason() -> None:
    reads = {entry.id for entry in CATALOGUE.values() if entry.method == "GET"}
    rows = {row.endpoint_id for row in ROWS}
    assert rows | set(LEFT_OUT) == reads
    assert not rows & set(LEFT_OUT)


def test_names_and_addresses_are_unique() -> None:
    for what in ("name", "title", "path"):
        assert len({getattr(resource, what) for resource in RESOURCES}) == len(RESOURCES), what


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_a_resource_stands_for_exactly_one_call_of_its_entry(resource: Resource) -> None:
    entry = resource.endpoint
    options = {param.name for param in resource.options}
    assert not any(param.required for param in resource.options)
    assert {param.name for param in entry.params} == options | set(resource.bound) | ({resource.variable} - {""})
    assert ("{id}" in resource.path) is bool(resource.variable)


@pytest.mark.parametrize("profile", Profile)
def test_what_the_profile_does_not_have_is_not_listed(profile: Profile) -> None:
    index = ResourceIndex(CATALOGUE, served=served_by(profile))
    listed = {resource.path for resource in (*index.fixed, *index.templates)}
    assert ("genres" in listed) is (profile in {Profile.AUTO, Profile.EXTENDED_LEGACY})
    assert ("artists/{id}/top-tracks" in listed) is (profile is not Profile.DEVELOPMENT)
    assert {"me", "me/player", "albums/{id}", "playlists/{id}/items", "users/{id}"} <= listed


def address(resource: Resource) -> tuple[str, str]:
    """A URI of `resource`, and the path of the same thing in the mirror."""
    given: dict[str, Any] = {**example(resource.endpoint), **resource.bound}
    query = f"?market={given['market']}" if "market" in given else ""
    bound = "type=artist" if resource.path == "me/following" else ""
    path = resource.endpoint.path.format_map(given) + (query or (bound and f"?{bound}"))
    return resource.uri.replace("{id}", str(given.get(resource.variable))) + query, path


async def test_every_resource_holds_what_the_mirror_answers() -> None:
    async with (
        running(SimulatorConfig(profile="extended_legacy", limit=1000)) as house,
        aiohttp.ClientSession() as http,
        Client(f"{house.base}/mcp") as client,
    ):
        for resource in RESOURCES:
            uri, path = address(resource)
            contents = (await client.read_resource(uri)).contents[0]
            assert isinstance(contents, types.TextResourceContents)
            async with http.get(f"{house.base}/v1{path}") as response:
                mirrored = await response.read() or b"null"
            assert contents.uri == uri
            if resource.path.split("/")[-1] in CHANGING:
                # Playback goes on between two reads.
                assert type(orjson.loads(contents.text)) is type(orjson.loads(mirrored))
            else:
                assert contents.text == mirrored.decode(), uri


def test_a_resource_is_said_to_change_if_and_only_if_some_write_changes_it() -> None:
    writes = [entry for entry in CATALOGUE.values() if entry.method != "GET"]
    for write in writes:
        assert [one for one in RESOURCES if Change(write.invalidates).touches(one.endpoint, {})], write.id
    for resource in RESOURCES:
        told = any(Change(write.invalidates).touches(resource.endpoint, {}) for write in writes)
        assert told is bool(resource.changes_with), resource.uri
        assert told is ("Subscribers are told" in resource.description)
