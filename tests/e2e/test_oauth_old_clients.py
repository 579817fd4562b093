"""Clients that know less: those of 2025-03-26 without metadata, and those whom nobody has told who they are."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import pytest
from mcp.client.auth import OAuthRegistrationError

from oauth_house import OAuthHouse, running
from oauth_program import Program

REDIRECT = "http://localhost:3334/oauth/callback"
VERIFIER = "v" * 43
ACCEPT = "application/json, text/event-stream"
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}},
}


async def sent(place: OAuthHouse, path: str, **how: Any) -> Any:
    async with place.visitor.http.post(f"{place.base}{path}", **how) as response:
        answer = await response.json()
        assert response.status < 300, answer
        return answer


async def test_a_client_without_metadata_finds_everything_at_its_default_path() -> None:
    async with running(FERMATA_REGISTRATION="on") as place:
        client = await sent(place, "/register", json={"redirect_uris": [REDIRECT], "scope": ""})
        asked = {
            "response_type": "code",
            "client_id": client["client_id"],
            "redirect_uri": REDIRECT,
            "code_challenge": urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        target = await place.visitor.walk(f"{place.base}/authorize?{urlencode(asked)}")
        assert target.startswith(f"{REDIRECT}?")
        redeeming = {
            "grant_type": "authorization_code",
            "code": dict(parse_qsl(urlsplit(target).query))["code"],
            "redirect_uri": REDIRECT,
            "client_id": client["client_id"],
            # As libraries send it that were given none.
            "client_secret": "",
            "code_verifier": VERIFIER,
        }
        issued = await sent(place, "/token", data=redeeming)
        bearer = {"Authorization": f"Bearer {issued['access_token']}", "Accept": ACCEPT}
        assert (await sent(place, "/mcp", json=HELLO, headers=bearer))["result"]["serverInfo"]["name"] == "fermata"
        async with place.visitor.http.get(f"{place.base}/sse", headers=bearer) as stream:
            assert (stream.status, stream.content_type) == (200, "text/event-stream")


@pytest.mark.parametrize("path", ["oauth-authorization-server/mcp", "openid-configuration"])
async def test_what_clients_look_for_in_vain_is_plainly_not_there(path: str) -> None:
    async with (
        running() as place,
        aiohttp.ClientSession() as http,
        http.get(f"{place.base}/.well-known/{path}") as response,
    ):
        assert response.status == 404


async def test_a_client_that_nobody_knows_learns_how_it_could_be_known() -> None:
    async with running() as place:
        program = Program(place, known="registration")
        refused = pytest.RaisesExc(OAuthRegistrationError, match="FERMATA_CLIENTS")
        with pytest.RaisesGroup(refused, flatten_subgroups=True):
            async with program.connected("auto"):
                pass
