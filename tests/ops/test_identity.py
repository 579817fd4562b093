"""What a gateway says of identity when it starts, and while it runs."""

import time
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

import redis_server
from gateway.auth.sign_in import SignIn
from gateway.principal import LOCAL
from house import running


async def days_left(base: str) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"{base}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return " ".join(line for line in lines if line.startswith("fermata_sign_in_days_left{"))


@pytest.mark.parametrize(("policy", "warned"), [("allkeys-lru", 1), ("noeviction", 0)])
async def test_a_redis_that_may_drop_sign_ins_is_warned_of_at_the_start(
    tmp_path: Path, policy: str, warned: int
) -> None:
    full = ("--maxmemory", "100mb", "--maxmemory-policy", policy)
    with redis_server.running(tmp_path, *full) as url, capture_logs() as log:
        async with running(REDIS_URL=url):
            pass
    warnings = [line for line in log if line["event"] == "vault.warning"]
    assert len(warnings) == warned
    assert all("noeviction" in line["problem"] and line["log_level"] == "warning" for line in warnings)


async def test_the_one_user_of_a_gateway_sees_when_the_sign_in_will_end() -> None:
    async with running(FERMATA_REFRESH_TOKEN="") as house:
        assert await days_left(house.base) == 'fermata_sign_in_days_left{user="local"} NaN'
        sign_in = SignIn(consent="c", refresh_token="r", authorized_at=time.time() - 82 * 86_400)
        await house.gateway.identity.kept.adopt(LOCAL, sign_in)
        name, _, days = (await days_left(house.base)).partition(" ")
        assert (name, round(float(days))) == ('fermata_sign_in_days_left{user="local"}', 100)


async def test_with_several_users_there_is_no_one_end() -> None:
    async with running(AUTH_MODE="keys", FERMATA_KEYS=f"anna:{'0' * 64}", FERMATA_REFRESH_TOKEN="") as house:
        assert await days_left(house.base) == ""
