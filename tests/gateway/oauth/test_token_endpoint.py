from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from gateway.auth.vault import VaultError
from gateway.oauth.errors import ClientError
from gateway.oauth.standing import Standing
from gateway.oauth.token_endpoint import TokenEndpoint
from ledger_rig import ISSUER, REDIRECT, RESOURCES, VERIFIER, LedgerRig
from register import Register

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Fields = Mapping[str, str] | Sequence[tuple[str, str]]


class Directory:
    """Knows two clients, unless it is down."""

    def __init__(self) -> None:
        self.down = False

    async def check(self, client_id: str) -> None:
        if self.down:
            raise VaultError("the disk is gone")
        if client_id not in {"app", "https://app.example/client.json"}:
            raise ClientError('No client "of that id" \\ is known: é')


@dataclass
class Rig:
    ledger: LedgerRig
    directory: Directory
    register: Register
    client: TestClient[Any, Any]

    async def token(self, fields: Fields, **headers: str) -> ClientResponse:
        return await self.client.post("/oauth/token", data=fields, headers=headers)

    async def revoke(self, fields: Fields, **headers: str) -> ClientResponse:
        return await self.client.post("/oauth/revoke", data=fields, headers=headers)

    async def redeeming(self, **more: str) -> dict[str, str]:
        """The form that redeems a new code."""
        return {
            "grant_type": "authorization_code",
            "code": await self.ledger.code(),
            "client_id": "app",
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **more,
        }


@pytest.fixture
async def rig(aiohttp_client: AiohttpClient) -> Rig:
    ledger, directory, register, app = LedgerRig(), Directory(), Register(), web.Application()
    app.add_routes(TokenEndpoint(ledger.ledger, directory, RESOURCES, standing=Standing(register)).routes())
    return Rig(ledger, directory, register, await aiohttp_client(app))


async def refused(answer: ClientResponse, word: str, *, status: int = 400) -> str:
    """Check that an answer is an error of RFC 6749 that nobody keeps, and return its description."""
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    document = await answer.json()
    assert document.keys() == {"error", "error_description"}
    assert document["error"] == word
    text = str(document["error_description"])
    assert all(" " <= letter <= "~" and letter not in '"\\' for letter in text)
    return text


def basic(client_id: str, secret: str) -> str:
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


async def test_a_code_becomes_tokens_that_nobody_keeps(rig: Rig) -> None:
    answer = await rig.token(await rig.redeeming(resource=f"{ISSUER}/mcp/full"))
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    document = await answer.json()
    assert document.keys() == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert (document["token_type"], document["expires_in"]) == ("Bearer", 900)
    assert document["scope"] == "user-library-read user-read-playback-state"
    grant = await rig.ledger.ledger.check(document["access_token"])
    assert grant is not None
    assert grant.audience == f"{ISSUER}/mcp"


async def test_a_client_without_metadata_finds_the_default_path(rig: Rig) -> None:
    answer = await rig.client.post("/token", data=await rig.redeeming())
    assert answer.status == 200
    issued = await answer.json()
    form = {"grant_type": "refresh_token", "client_id": "app", "refresh_token": issued["refresh_token"]}
    assert (await rig.client.post("/token", data=form)).status == 200


async def test_a_refresh_token_becomes_new_ones_for_less_if_asked(rig: Rig) -> None:
    issued = await rig.ledger.issued()
    form = {"grant_type": "refresh_token", "client_id": "app", "refresh_token": issued.refresh_token}
    answer = await rig.token({**form, "scope": "user-library-read", "resource": f"{ISSUER}/v1"})
    document = await answer.json()
    assert document["scope"] == "user-library-read"
    answer = await rig.token({**form, "refresh_token": document["refresh_token"], "scope": ""})
    assert (await answer.json())["scope"] == "user-library-read user-read-playback-state"


async def test_whoever_is_not_signed_in_with_spotify_any_more_gets_no_new_tokens(rig: Rig) -> None:
    issued = await rig.ledger.issued()
    form = {"grant_type": "refresh_token", "client_id": "app", "refresh_token": issued.refresh_token}
    rig.register.gone.add("user:ada")
    assert "authorize again" in await refused(await rig.token(form), "invalid_grant")
    assert not await rig.ledger.is_good(issued.access_token)


async def test_more_than_was_granted_is_refused(rig: Rig) -> None:
    issued = await rig.ledger.issued()
    form = {"grant_type": "refresh_token", "client_id": "app", "refresh_token": issued.refresh_token}
    await refused(await rig.token({**form, "scope": "user-library-read streaming"}), "invalid_scope")


async def test_a_wrong_code_is_invalid_grant(rig: Rig) -> None:
    await refused(await rig.token(await rig.redeeming(code_verifier="w" * 43)), "invalid_grant")


@pytest.mark.parametrize("missing", ["grant_type", "code", "client_id", "code_verifier"])
@pytest.mark.parametrize("how", ["left out", "empty"])
async def test_what_is_missing_is_named(rig: Rig, missing: str, how: str) -> None:
    form = await rig.redeeming()
    if how == "empty":
        form[missing] = ""
    else:
        del form[missing]
    assert missing in await refused(await rig.token(form), "invalid_request")


async def test_other_grants_are_not_supported(rig: Rig) -> None:
    for grant in ("password", "client_credentials", "implicit"):
        await refused(await rig.token({"grant_type": grant, "client_id": "app"}), "unsupported_grant_type")


async def test_a_parameter_that_comes_twice_is_refused_and_spends_nothing(rig: Rig) -> None:
    form = await rig.redeeming()
    for name in form:
        await refused(await rig.token([*form.items(), (name, form[name])]), "invalid_request")
    assert (await rig.token(form)).status == 200


async def test_a_resource_may_come_twice_if_it_means_the_same(rig: Rig) -> None:
    form = [*(await rig.redeeming()).items(), ("resource", f"{ISSUER}/mcp")]
    await refused(await rig.token([*form, ("resource", f"{ISSUER}/v1")]), "invalid_target")
    assert (await rig.token([*form, ("resource", f"{ISSUER}/mcp/full")])).status == 200


async def test_a_foreign_resource_is_refused_and_spends_nothing(rig: Rig) -> None:
    form = await rig.redeeming()
    await refused(await rig.token({**form, "resource": "https://evil.example/mcp"}), "invalid_target")
    assert (await rig.token(form)).status == 200


async def test_an_unknown_client_is_told_so_and_spends_nothing(rig: Rig) -> None:
    form = await rig.redeeming()
    text = await refused(await rig.token({**form, "client_id": "stranger"}), "invalid_client")
    assert text == "No client 'of that id' / is known: ?"
    await refused(await rig.token({**form, "client_id": "x" * 2049}), "invalid_request")
    assert (await rig.token(form)).status == 200


async def test_a_client_may_be_known_by_an_address(rig: Rig) -> None:
    address = "https://app.example/client.json"
    form = await rig.redeeming(code=await rig.ledger.code(rig.ledger.grant(client_id=address)), client_id=address)
    assert (await rig.token(form)).status == 200


async def test_a_client_with_an_empty_secret_is_one_without(rig: Rig) -> None:
    assert (await rig.token(await rig.redeeming(client_secret=""))).status == 200
    assert (await rig.token(await rig.redeeming(), Authorization=basic("app", ""))).status == 200
    form = await rig.redeeming()
    del form["client_id"]
    assert (await rig.token(form, Authorization=basic("app", ""))).status == 200
    address = "https://app.example/client.json"
    form = await rig.redeeming(code=await rig.ledger.code(rig.ledger.grant(client_id=address)), client_id=address)
    header = basic("https%3A%2F%2Fapp.example%2Fclient.json", "")
    assert (await rig.token(form, Authorization=header)).status == 200


async def test_a_secret_is_refused_wherever_it_comes_from(rig: Rig) -> None:
    form = await rig.redeeming()
    text = await refused(await rig.token({**form, "client_secret": "hush"}), "invalid_client", status=401)
    assert "remove" in text
    answer = await rig.token(form, Authorization=basic("app", "hush"))
    await refused(answer, "invalid_client", status=401)
    # The scheme by which the client tried (RFC 6749, 5.2).
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert (await rig.token(form)).status == 200


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic YQ", "Basic /w==", "Basic é"])
async def test_a_header_that_cannot_be_read_is_refused(rig: Rig, header: str) -> None:
    answer = await rig.token(await rig.redeeming(client_id=""), Authorization=header)
    assert answer.status == 400
    assert (await answer.json())["error"] in {"invalid_client", "invalid_request"}


async def test_two_different_client_ids_are_refused(rig: Rig) -> None:
    answer = await rig.token(await rig.redeeming(), Authorization=basic("other", ""))
    await refused(answer, "invalid_request")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "text/plain", ""])
async def test_only_forms_are_read(rig: Rig, kind: str) -> None:
    answer = await rig.client.post("/oauth/token", data=b"grant_type=x", headers={"Content-Type": kind})
    await refused(answer, "invalid_request")


@pytest.mark.parametrize(
    "body", [b"a=%ff%fe", b"\xff=b", "a=é".encode(), b"&".join(b"a%d=b" % n for n in range(65))]
)
async def test_a_form_that_is_none_is_refused(rig: Rig, body: bytes) -> None:
    await refused(await rig.client.post("/oauth/token", data=body, headers=FORM), "invalid_request")


@pytest.mark.parametrize("path", ["/oauth/token", "/token", "/oauth/revoke"])
async def test_a_long_body_is_refused_before_it_is_read(rig: Rig, path: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b"a" * 1024

    answer = await rig.client.post(path, data=endless(), headers=FORM)
    assert answer.status == 413


async def test_nothing_is_taken_from_the_query(rig: Rig) -> None:
    form = await rig.redeeming()
    answer = await rig.client.post("/oauth/token", params=form, headers=FORM)
    await refused(answer, "invalid_request")
    assert (await rig.client.get("/oauth/token", params=form)).status == 405


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
async def test_a_token_that_is_given_back_ends_all(rig: Rig, name: str) -> None:
    issued = await rig.ledger.issued()
    answer = await rig.revoke({"token": getattr(issued, name), "client_id": "app", "token_type_hint": "nonsense"})
    assert answer.status == 200
    assert not await rig.ledger.is_good(issued.access_token)


async def test_a_token_may_be_given_back_without_a_client_id(rig: Rig) -> None:
    issued = await rig.ledger.issued()
    assert (await rig.revoke({"token": issued.refresh_token})).status == 200
    assert not await rig.ledger.is_good(issued.access_token)


async def test_whatever_is_given_back_is_not_good_and_that_is_fine(rig: Rig) -> None:
    for token in ("nonsense", "fat_" + "x" * 43, "é", "a b"):
        assert (await rig.revoke({"token": token, "client_id": "app"})).status == 200


async def test_another_client_gives_nothing_back(rig: Rig) -> None:
    issued = await rig.ledger.issued()
    assert (await rig.revoke({"token": issued.access_token, "client_id": "other"})).status == 200
    assert await rig.ledger.is_good(issued.access_token)


async def test_to_give_back_nothing_is_a_mistake(rig: Rig) -> None:
    assert "token" in await refused(await rig.revoke({"client_id": "app"}), "invalid_request")


async def test_a_vault_that_is_down_is_503_for_all(rig: Rig) -> None:
    form = await rig.redeeming()
    rig.ledger.vault.down = True
    for answer in (await rig.token(form), await rig.revoke({"token": "fat_" + "x" * 43})):
        await refused(answer, "temporarily_unavailable", status=503)
        assert answer.headers["Retry-After"] == "1"
    rig.directory.down = True
    await refused(await rig.token(form), "temporarily_unavailable", status=503)


@pytest.mark.parametrize("path", ["/oauth/token", "/token", "/oauth/revoke"])
async def test_pages_of_every_origin_may_ask_without_cookies(rig: Rig, path: str) -> None:
    asked = {"Origin": "https://inspector.example", "Access-Control-Request-Method": "POST"}
    allowed = await rig.client.options(path, headers=asked)
    assert (allowed.status, allowed.headers["Access-Control-Allow-Methods"]) == (204, "POST")
    for answer in (allowed, await rig.client.post(path, data={}, headers={"Origin": "https://a.example"})):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers
