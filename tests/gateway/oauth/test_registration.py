import gzip
import json
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from gateway.auth.vault import VaultError
from gateway.oauth.client_metadata import ClientMetadata
from gateway.oauth.errors import ClientError, OAuthError
from gateway.oauth.registered import KIND, Registered, RegisteredConfig
from gateway.oauth.registration import NoRegistration, Registration
from limiter.inbound import InboundConfig
from memory_vault import MemoryVault

GOOD = {"client_name": "App", "redirect_uris": ["http://127.0.0.1/callback"]}
SAID = ClientMetadata.read(json.dumps(GOOD).encode())
PATH = "/oauth/register"
PATHS = (PATH, "/register")
"""The latter for clients that know of no endpoint."""
DAY_S = 86_400.0


class Rig:
    """A registration endpoint with time in hand."""

    def __init__(self, config: RegisteredConfig | None = None) -> None:
        self.now = 1_000_000_000.5
        self.vault = MemoryVault(clock=lambda: self.now)
        numbers = count(1)
        self.registered = Registered(
            self.vault,
            config or RegisteredConfig(),
            wall_clock=lambda: self.now,
            secret=lambda: f"secret{next(numbers)}",
        )
        self.client: TestClient[web.Request, web.Application]

    async def post(self, body: Any, **headers: str) -> ClientResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post(PATH, data=data, headers={"Content-Type": "application/json", **headers})


async def serve(endpoint: Registration | NoRegistration) -> TestClient[web.Request, web.Application]:
    app = web.Application()
    app.add_routes(endpoint.routes())
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    rig.client = await serve(Registration(rig.registered))
    yield rig
    await rig.client.close()


async def test_a_program_gets_an_id_and_never_a_secret(rig: Rig) -> None:
    asked = {
        **GOOD,
        "client_uri": "https://app.example",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "response_types": ["code"],
        "software_id": "x",
    }
    answer = await rig.post(asked)
    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content_type == "application/json"
    assert await answer.json() == {
        "client_id": "dyn_secret1",
        "client_id_issued_at": 1_000_000_000,
        "client_name": "App",
        "client_uri": "https://app.example",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    client = await rig.registered.find("dyn_secret1")
    assert (client.name, client.origin) == ("App", "registered")
    assert client.allows("http://127.0.0.1:9/callback")


async def test_without_wishes_it_gets_what_rfc_7591_says(rig: Rig) -> None:
    said = await (await rig.post({"redirect_uris": ["cursor://a/cb"], "client_uri": "javascript:alert(1)"})).json()
    assert said["grant_types"] == ["authorization_code"]
    assert not {"client_name", "client_uri"} & said.keys()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "invalid_redirect_uri"),
        ({**GOOD, "redirect_uris": []}, "invalid_redirect_uri"),
        ({**GOOD, "redirect_uris": "https://a.example/cb"}, "invalid_redirect_uri"),
        ({**GOOD, "redirect_uris": ["http://evil.example/cb"]}, "invalid_redirect_uri"),
        ({**GOOD, "redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({**GOOD, "redirect_uris": ["https://app.example/cb", 1]}, "invalid_redirect_uri"),
        ({**GOOD, "client_name": ["App"]}, "invalid_client_metadata"),
        ({**GOOD, "grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({**GOOD, "grant_types": ["implicit", "refresh_token"]}, "invalid_client_metadata"),
        ({**GOOD, "response_types": ["token"]}, "invalid_client_metadata"),
        (b"", "invalid_client_metadata"),
        (b"[]", "invalid_client_metadata"),
        (b"{", "invalid_client_metadata"),
        (b"\xff\xfe", "invalid_client_metadata"),
    ],
)
async def test_what_cannot_be_registered_is_refused_with_what_to_change(rig: Rig, body: Any, error: str) -> None:
    answer = await rig.post(body)
    said = await answer.json()
    assert (answer.status, said["error"]) == (400, error)
    assert said["error_description"]
    assert "evil" not in said["error_description"]
    assert await rig.vault.count(KIND) == 0


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_of_any_origin_can_register_and_read_the_answer(rig: Rig, path: str) -> None:
    asked = {"Origin": "https://inspector.example", "Access-Control-Request-Method": "POST"}
    allowed = await rig.client.options(path, headers=asked)
    assert allowed.headers["Access-Control-Allow-Methods"] == "POST"
    assert "Content-Type" in allowed.headers["Access-Control-Allow-Headers"]
    for body in (GOOD, {}):
        answer = await rig.client.post(path, json=body)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.status == (201 if body else 400)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_form_of_a_foreign_page_registers_nothing(rig: Rig, content_type: str) -> None:
    answer = await rig.post(GOOD, **{"Content-Type": content_type})
    assert answer.status == 400
    assert await rig.vault.count(KIND) == 0


@pytest.mark.parametrize("packed", [False, True])
async def test_a_large_registration_is_not_read_to_its_end(rig: Rig, *, packed: bool) -> None:
    body = json.dumps({**GOOD, "x": "a" * 16_384}).encode()
    answer = await (rig.post(gzip.compress(body), **{"Content-Encoding": "gzip"}) if packed else rig.post(body))
    assert answer.status == 413
    assert (await answer.json())["error"] == "invalid_client_metadata"
    assert await rig.vault.count(KIND) == 0


async def test_strangers_register_slowly() -> None:
    rig = Rig()
    rig.client = await serve(
        Registration(rig.registered, pace=InboundConfig(per_s=0.01, burst=2, wait_s=0, max_principals=1))
    )
    # What is wrong takes no place from what is right.
    answers = [await rig.post(body) for body in ({}, {}, {}, GOOD, GOOD, GOOD)]
    assert [answer.status for answer in answers] == [400, 400, 400, 201, 201, 429]
    assert answers[-1].headers["Retry-After"] == "100"
    assert (await answers[-1].json())["error"] == "temporarily_unavailable"
    await rig.client.close()


async def test_when_the_vault_is_out_of_reach_nobody_is_promised_anything(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(*_: object, **__: object) -> None:
        raise VaultError("gone")

    monkeypatch.setattr(rig.vault, "put", unreachable)
    answer = await rig.post(GOOD)
    assert answer.status == 503
    assert (await answer.json())["error"] == "temporarily_unavailable"


@pytest.mark.parametrize("path", PATHS)
async def test_where_nobody_may_register_the_answer_says_what_to_do_instead(path: str) -> None:
    client = await serve(NoRegistration())
    answer = await client.post(path, json=GOOD)
    said = await answer.json()
    assert (answer.status, said["error"]) == (403, "access_denied")
    for way in ("client-ID metadata document", "FERMATA_CLIENTS", "FERMATA_REGISTRATION"):
        assert way in said["error_description"]
    await client.close()


async def missing(rig: Rig, client_id: str) -> bool:
    try:
        await rig.registered.find(client_id)
    except ClientError as error:
        assert error.code == "invalid_client"
        return True
    return False


async def test_a_client_that_nobody_used_is_gone_after_a_day() -> None:
    rig = Rig()
    client, _ = await rig.registered.add(SAID)
    rig.now += DAY_S + 1
    assert await missing(rig, client.id)


async def test_a_client_in_use_stays() -> None:
    rig = Rig()
    client, _ = await rig.registered.add(SAID)
    for _ in range(10):
        rig.now += 0 if _ == 0 else 88 * DAY_S
        assert not await missing(rig, client.id)
    rig.now += 91 * DAY_S
    assert await missing(rig, client.id)


async def test_uses_on_one_day_are_written_once() -> None:
    rig = Rig()
    client, _ = await rig.registered.add(SAID)
    await rig.registered.find(client.id)
    kept = await rig.vault.get(KIND, client.id)
    rig.now += DAY_S - 1
    await rig.registered.find(client.id)
    assert await rig.vault.get(KIND, client.id) == kept
    rig.now += 2
    await rig.registered.find(client.id)
    assert await rig.vault.get(KIND, client.id) != kept


async def test_a_client_that_is_deleted_while_it_is_used_stays_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    client, _ = await rig.registered.add(SAID)
    get = rig.vault.get

    async def read_and_lose(kind: str, key: str) -> bytes | None:
        kept = await get(kind, key)
        await rig.vault.delete(kind, key)
        return kept

    monkeypatch.setattr(rig.vault, "get", read_and_lose)
    assert not await missing(rig, client.id)
    monkeypatch.undo()
    assert await missing(rig, client.id)


async def test_the_table_has_an_end() -> None:
    rig = Rig(RegisteredConfig(most=2))
    for _ in range(2):
        await rig.registered.add(SAID)
    with pytest.raises(OAuthError) as refused:
        await rig.registered.add(SAID)
    assert (refused.value.code, refused.value.status) == ("temporarily_unavailable", 503)
    rig.now += DAY_S + 1
    await rig.registered.add(SAID)


@pytest.mark.parametrize("kept", [b"", b"{}", b'{"redirect_uris": 7, "name": "", "uri": ""}', b"\xff"])
async def test_a_record_that_cannot_be_read_counts_as_none(kept: bytes) -> None:
    rig = Rig()
    await rig.vault.put(KIND, "dyn_x", kept)
    assert await missing(rig, "dyn_x")
