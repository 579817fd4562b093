from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from gateway.oauth.metadata import Metadata, MetadataConfig
from ledger_rig import ISSUER, RESOURCES

SERVER = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource"
SCOPES = ("user-library-read", "streaming")
FIRST = SCOPES[:1]
Client = TestClient[Any, Any]


async def client_of(aiohttp_client: AiohttpClient, config: MetadataConfig) -> Client:
    app = web.Application()
    app.add_routes(Metadata(RESOURCES, config).routes())
    return await aiohttp_client(app)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> Client:
    return await client_of(aiohttp_client, MetadataConfig(scopes=SCOPES, first=FIRST))


async def test_the_server_says_what_it_can_do(client: Client) -> None:
    answer = await client.get(SERVER)
    assert answer.headers["Content-Type"] == "application/json"
    assert await answer.json() == {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/oauth/authorize",
        "token_endpoint": f"{ISSUER}/oauth/token",
        "revocation_endpoint": f"{ISSUER}/oauth/revoke",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }


async def test_registration_and_documentation_are_named_where_there_are_any(aiohttp_client: AiohttpClient) -> None:
    config = MetadataConfig(
        scopes=SCOPES, first=FIRST, registration=True, documentation="https://docs.example/auth"
    )
    document = await (await (await client_of(aiohttp_client, config)).get(SERVER)).json()
    assert document["registration_endpoint"] == f"{ISSUER}/oauth/register"
    assert document["service_documentation"] == "https://docs.example/auth"


@pytest.mark.parametrize("path", ["", "/mcp", "/sse", "/v1", "/mcp/full", "/mcp/x/player,search", "/api/v1"])
async def test_each_resource_names_itself_and_its_server(client: Client, path: str) -> None:
    answer = await client.get(RESOURCE + path)
    assert await answer.json() == {
        "resource": ISSUER + path,
        "authorization_servers": [ISSUER],
        "scopes_supported": list(FIRST if path.startswith(("/mcp", "/sse")) else SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": "Fermata",
    }


async def test_what_a_resource_is_called_can_be_asked_for(client: Client) -> None:
    for path in ("", "/mcp", "/mcp/full"):
        document = await (await client.get(RESOURCE + path)).json()
        assert RESOURCES.audience(document["resource"]).startswith(ISSUER)


async def test_a_slash_at_the_end_makes_no_other_resource(client: Client) -> None:
    for path in ("", "/mcp"):
        assert (await (await client.get(f"{RESOURCE}{path}/")).json())["resource"] == ISSUER + path


async def test_the_name_is_the_gateways_own_whatever_host_was_asked(client: Client) -> None:
    answer = await client.get(f"{RESOURCE}/mcp", headers={"Host": "evil.example"})
    assert (await answer.json())["resource"] == f"{ISSUER}/mcp"


@pytest.mark.parametrize("path", ["/nowhere", "/health", "/mcpx", "//evil.example/mcp"])
async def test_what_is_no_resource_is_not_described(client: Client, path: str) -> None:
    answer = await client.get(RESOURCE + path)
    assert answer.status == 404
    assert (await answer.json())["error"] == "invalid_target"


@pytest.mark.parametrize("path", [SERVER, RESOURCE, f"{RESOURCE}/mcp"])
async def test_every_page_may_read_it_and_anybody_may_keep_it(client: Client, path: str) -> None:
    answer = await client.get(path, headers={"Origin": "https://inspector.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize("path", [SERVER, RESOURCE, f"{RESOURCE}/mcp"])
async def test_a_page_may_say_which_revision_it_speaks(client: Client, path: str) -> None:
    asked = {
        "Origin": "https://inspector.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "mcp-protocol-version",
    }
    answer = await client.options(path, headers=asked)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET"
    assert "mcp-protocol-version" in answer.headers["Access-Control-Allow-Headers"].lower()


def test_the_paths_that_need_no_guard_are_named() -> None:
    metadata = Metadata(RESOURCES, MetadataConfig(scopes=SCOPES, first=FIRST))
    assert all(route.path.startswith(metadata.paths) for route in metadata.routes())
