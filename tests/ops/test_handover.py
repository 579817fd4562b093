"""Which gateways go on with each other's sessions."""

from pathlib import Path

import pytest
from mcp_types import ClientCapabilities, Implementation, InitializeRequestParams

import redis_server
from gateway.principal import LOCAL
from ops.handover import Handover
from ops.settings import Settings
from tools.transport import Owner
from tools.transport.store import Lease, SessionRecord

CLIENT = InitializeRequestParams(
    protocol_version="2025-11-25",
    capabilities=ClientCapabilities(),
    client_info=Implementation(name="test", version="1"),
)
OWNER = Owner.of(LOCAL)
RECORD = SessionRecord(owner=OWNER, selection="player", protocol_version="2025-11-25", client=CLIENT)


def handover(url: str = "", **changed: str) -> Handover:
    app = {"SPOTIFY_CLIENT_ID": "id", "SPOTIFY_CLIENT_SECRET": "hush", "REDIS_URL": url}
    return Handover(Settings.from_env({**app, **changed}))


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, RECORD),
        ({"SPOTIFY_CLIENT_ID": "another"}, None),
        ({"SPOTIFY_API_URL": "http://127.0.0.1:9/v1"}, None),
        ({"FERMATA_REFRESH_TOKEN": "another user"}, None),
    ],
)
async def test_gateways_of_one_app_and_user_share_sessions(
    tmp_path: Path, changed: dict[str, str], found: SessionRecord | None
) -> None:
    with redis_server.running(tmp_path) as url:
        one, other = handover(url), handover(url, **changed)
        async with one.opened(), other.opened():
            key = one.store.key("session")
            assert await one.store.renew([Lease(key=key, record=RECORD, ttl_s=60)]) == ["kept"]
            assert await other.store.load(key, owner=OWNER, selection="player") == found
            assert await other.store.load(key, owner=OWNER, selection="") is None


async def test_without_redis_there_is_nobody_to_share_with() -> None:
    alone = handover()
    async with alone.opened():
        assert await alone.store.renew([Lease(key="x", record=RECORD, ttl_s=60)]) == ["unanswered"]
        assert await alone.store.load("x", owner=OWNER, selection="player") is None
