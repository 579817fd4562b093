"""Each entry of the catalogue is said once, and six things follow from it; the simulator, which shares nothing
with the catalogue, answers every one of them. That each is a tool too, `test_tools.py` says."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cache import NEVER
from examples import example
from gateway.app import create_app
from gateway.catalogue import CATALOGUE, build, path_params
from gateway.endpoint import Endpoint, FanOut, Fill, Param, Profile, Renamed
from gateway.guards import Guard
from gateway.observer import NullObserver
from gateway.openapi import openapi
from gateway.params import bind, render
from house import running
from ops.docs import PAGES
from ops.simulator import SimulatorConfig
from ops.simulator.config import PROFILES as SIMULATED

ROOT = Path(__file__).parents[2]
PROFILES = {Profile(name): name for name in SIMULATED}


def http_call(entry: Endpoint) -> tuple[str, str, dict[str, Any]]:
    """A good call of `entry` as method, path and keywords for an HTTP client."""
    request = render(entry, bind(entry, example(entry).items()))
    headers = {"Content-Type": request.body_type} if request.body else {}
    return (
        request.method,
        request.path,
        {"params": request.query, "data": request.body or None, "headers": headers},
    )


@pytest.mark.parametrize("profile", PROFILES)
async def test_every_entry_is_answered_in_every_profile_or_refused_by_name(profile: Profile) -> None:
    config = SimulatorConfig(profile=PROFILES[profile], limit=1000)
    async with running(config) as house, aiohttp.ClientSession() as http:
        async with http.get(f"{house.base}/v1/me/player/devices") as response:
            device = (await response.json())["devices"][0]["id"]
        for entry in CATALOGUE.values():
            method, path, call = http_call(entry)
            if entry.id == "transfer-a-users-playback":
                call["data"] = call["data"].replace(b"d" * 40, device.encode())
            async with http.request(method, f"{house.base}/v1{path}", **call) as response:
                body: Any = await response.text()
            if response.status == 403 and "UNSUPPORTED_IN_PROFILE" in body:
                assert f"profile {profile}" in body, entry.id
            else:
                assert response.status in {200, entry.success}, (entry.id, response.status, body)


def test_every_entry_has_one_route_under_each_prefix() -> None:
    app = create_app(
        None,  # type: ignore[arg-type]  # routes are made, none is called
        CATALOGUE,
        guard=Guard(),
        observer=NullObserver(),
        clock=lambda: 0.0,
    )
    routes = [(route.method, route.resource.canonical) for route in app.router.routes() if route.resource]
    assert len(routes) == len(set(routes))
    for entry in CATALOGUE.values():
        for prefix in ("/v1", "/api/v1"):
            assert (entry.method, prefix + entry.path) in routes


def test_every_entry_is_one_operation_of_the_description() -> None:
    described = openapi(CATALOGUE, version="1")["paths"]
    operations = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in described.items()
        for method, operation in methods.items()
        if "operationId" in operation
    }
    assert operations == {entry.id: (entry.method, entry.path) for entry in CATALOGUE.values()}


def test_every_entry_says_how_it_is_kept_and_counted() -> None:
    for entry in CATALOGUE.values():
        assert entry.family
        assert entry.cache.ttl_s <= 24 * 3600
        if entry.method != "GET":
            assert entry.invalidates, entry.id
        # What depends on a user is forgotten when that user changes it.
        if entry.method == "GET" and entry.auth.value in {"user", "either"}:
            assert entry.tags, entry.id
        assert set(path_params(entry.path)) <= {param.name for param in entry.params}


def test_every_entry_stands_in_the_table() -> None:
    table = PAGES["endpoints.md"]()
    for entry in CATALOGUE.values():
        assert f"| `{entry.method} {entry.path}` | `{entry.id}` |" in table


async def test_every_entry_is_counted_under_its_own_label() -> None:
    async with running(SimulatorConfig(profile="extended_legacy", limit=1000)) as house:
        async with aiohttp.ClientSession() as http:
            for entry in CATALOGUE.values():
                method, path, call = http_call(entry)
                async with http.request(method, f"{house.base}/v1{path}", **call) as response:
                    await response.read()
                # Otherwise lists would spare single reads their call.
                house.gateway.recall.cache.forget()
            async with http.get(f"{house.base}/metrics") as response:
                metrics = await response.text()
        for name in CATALOGUE:
            assert f'fermata_upstream_calls_total{{endpoint="{name}"' in metrics


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_fresh(page: str) -> None:
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == PAGES[page](), "stale: run `make docs`"


ID = Param(name="id", kind="id", required=True, about="An id.")


def entry(name: str = "x", path: str = "/x", **extra: Any) -> Endpoint:
    return Endpoint(
        id=name, path=path, summary="", family="f", cache=NEVER, params=extra.pop("params", ()), **extra
    )


ID2 = Param(name="other_id", kind="id", required=True, about="Another id.")
FILL = Fill(endpoint_id="one", at="items[]")
SINGLE = entry("one", "/ones/{id}", params=(ID,))


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([entry(), entry(path="/y")], "already taken"),
        ([entry(), entry("y")], "already taken"),
        ([entry(path="/x/{id}")], "needs a required parameter id"),
        ([entry(params=(ID, ID))], "share a name"),
        ([entry(emulation={Profile.DEVELOPMENT: FanOut("nobody", "xs")})], "needs the parameter ids"),
        ([entry(emulation={Profile.DEVELOPMENT: Renamed("nobody")})], "leans on nobody"),
        ([entry(fills=(FILL,))], "fills one, which is not there"),
        ([entry(fills=(FILL,)), entry("one", "/ones/{id}", params=(ID, ID2))], "no read of one thing"),
        ([entry(fills=(FILL,)), entry("one", "/ones", params=(ID,))], "no read of one thing"),
        ([entry(fills=(FILL,)), entry("one", "/ones/{id}", params=(ID,), method="PUT")], "no read of one thing"),
        ([entry(fills=(FILL, FILL)), SINGLE], "two fills are the same"),
        ([entry(fills=(FILL,), method="PUT"), SINGLE], "only reads fill others"),
        ([entry(fills=(Fill(endpoint_id="one", at="items[0]"),)), SINGLE], "is no place"),
    ],
)
def test_a_contradiction_stops_the_import(entries: list[Endpoint], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build(entries)
