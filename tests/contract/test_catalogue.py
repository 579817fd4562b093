from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cache import NEVER
from gateway.app import create_app
from gateway.catalogue import CATALOGUE, build
from gateway.endpoint import Endpoint, FanOut, Param, Profile
from gateway.guards import Guard
from gateway.observer import NullObserver
from house import running
from ops.docs import PAGES
from ops.simulator import SimulatorConfig
from ops.simulator.config import PROFILES as SIMULATED
from ops.simulator.world import World

WORLD = World.of(1)
ROOT = Path(__file__).parents[2]
TRACK, ALBUM, ARTIST = WORLD.tracks[0].id, WORLD.albums[0].id, WORLD.artists[0].id
PROFILES = {Profile(name): name for name in SIMULATED}
EXAMPLES: dict[str, object] = {"q": "lanterns", "type": "track", "ids": TRACK}


def example(entry: Endpoint) -> tuple[str, dict[str, str]]:
    """A good call of `entry`: its path and query."""
    kind = "albums" if "/albums" in entry.path[:8] else "artists" if "/artists" in entry.path[:9] else "tracks"
    known = {"tracks": TRACK, "albums": ALBUM, "artists": ARTIST}[kind]
    required = {param.name: known if param.kind in {"id", "ids"} else str(EXAMPLES[param.name])
                for param in entry.params if param.required}  # fmt: skip
    return entry.path.format_map(required), {n: v for n, v in required.items() if f"{{{n}}}" not in entry.path}


@pytest.mark.parametrize("profile", PROFILES)
async def test_every_entry_is_answered_in_every_profile_or_refused_by_name(profile: Profile) -> None:
    config = SimulatorConfig(profile=PROFILES[profile], limit=1000)
    async with running(config) as house, aiohttp.ClientSession() as http:
        for entry in CATALOGUE.values():
            path, query = example(entry)
            async with http.get(f"{house.base}/v1{path}", params=query) as response:
                body: Any = await response.json()
            if response.status == 403:
                assert f"profile {profile}" in body["error"]["message"], entry.id
            else:
                assert response.status == 200, (entry.id, body)
        assert not [call for call in house.log.calls if call.status != 200]


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


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_fresh(page: str) -> None:
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == PAGES[page](), "stale: run `make docs`"


ID = Param(name="id", kind="id", required=True, about="An id.")


def entry(name: str = "x", path: str = "/x", **extra: Any) -> Endpoint:
    return Endpoint(
        id=name, path=path, summary="", family="f", cache=NEVER, params=extra.pop("params", ()), **extra
    )


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([entry(), entry(path="/y")], "already taken"),
        ([entry(), entry("y")], "already taken"),
        ([entry(path="/x/{id}")], "needs a required parameter id"),
        ([entry(params=(ID, ID))], "share a name"),
        ([entry(emulation={Profile.DEVELOPMENT: FanOut("nobody", "xs")})], "the entry nobody"),
    ],
)
def test_a_contradiction_stops_the_import(entries: list[Endpoint], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build(entries)
