"""How often one place on the net may open pages that begin something."""

from collections.abc import Sequence

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from pytest_aiohttp.plugin import AiohttpClient

from gateway.oauth.paced import Paced, place_of
from house import running
from limiter.inbound import InboundConfig


class Door:
    """One page."""

    opened = 0

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [web.get("/door", self._open, allow_head=False)]

    async def _open(self, _: web.Request) -> web.Response:
        self.opened += 1
        return web.Response(text="open")


async def test_whoever_opens_a_page_in_a_loop_is_held_back_with_a_page(aiohttp_client: AiohttpClient) -> None:
    door, app = Door(), web.Application()
    app.add_routes(Paced(door, pace=InboundConfig(per_s=0.001, burst=3, wait_s=0)).routes())
    client = await aiohttp_client(app)
    answers = [await client.get("/door") for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["Retry-After"] == "1000"
    assert "frame-ancestors 'none'" in answers[-1].headers["Content-Security-Policy"]
    assert door.opened == 3
    assert (await client.head("/door")).status == 405


async def test_one_place_takes_nothing_from_another() -> None:
    (route,) = Paced(Door(), pace=InboundConfig(per_s=0.001, burst=1, wait_s=0)).routes()
    assert isinstance(route, web.RouteDef)

    async def status(remote: str) -> int:
        response = await route.handler(make_mocked_request("GET", "/door").clone(remote=remote))
        assert isinstance(response, web.Response)
        return response.status

    places = ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2")
    assert [await status(place) for place in places] == [200, 429, 200, 429]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::2%eth1"),
        (None, ""),
        ("unix", None),
    ],
)
def test_addresses_that_one_subscriber_has_are_one_place(one: str | None, other: str | None) -> None:
    assert place_of(one) == place_of(other)
    assert place_of("2001:db8:1:2::1") != place_of("2001:db8:1:3::1")


@pytest.mark.parametrize(
    ("mode", "path"),
    [
        ({"AUTH_MODE": "oauth"}, "/oauth/authorize"),
        ({"AUTH_MODE": "keys", "FERMATA_KEYS": "ada:" + "0" * 64}, "/login"),
    ],
)
async def test_the_pages_that_begin_something_are_paced(mode: dict[str, str], path: str) -> None:
    async with (
        running(None, FERMATA_PUBLIC_URL="http://127.0.0.1:1", FERMATA_REFRESH_TOKEN="", **mode) as house,
        aiohttp.ClientSession() as http,
    ):
        seen = set()
        for _ in range(130):
            async with http.get(house.base + path) as answer:
                seen.add(answer.status)
        assert 429 in seen
