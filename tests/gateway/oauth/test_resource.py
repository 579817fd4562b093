import pytest

from gateway.callers import Door
from gateway.oauth.errors import OAuthError
from gateway.oauth.resource import Resources, covers
from ledger_rig import ISSUER, RESOURCES


@pytest.mark.parametrize(
    ("resource", "audience"),
    [
        ("", ISSUER),
        (ISSUER, ISSUER),
        (f"{ISSUER}/", ISSUER),
        ("HTTPS://MUSIC.EXAMPLE:443/", ISSUER),
        (f"{ISSUER}/mcp", f"{ISSUER}/mcp"),
        (f"{ISSUER}/mcp/", f"{ISSUER}/mcp"),
        (f"{ISSUER}/mcp/x/player,search", f"{ISSUER}/mcp"),
        (f"{ISSUER}/mcp?readonly", f"{ISSUER}/mcp"),
        (f"{ISSUER}/sse", f"{ISSUER}/sse"),
        (f"{ISSUER}/v1/me", f"{ISSUER}/v1"),
        (f"{ISSUER}/api/v1", f"{ISSUER}/v1"),
        (f"{ISSUER}/mcp/../v1", f"{ISSUER}/v1"),
    ],
)
def test_what_clients_call_a_resource_is_found(resource: str, audience: str) -> None:
    assert RESOURCES.audience(resource) == audience


@pytest.mark.parametrize(
    "resource",
    [
        "https://evil.example",
        "https://evil.example/mcp",
        "http://music.example/mcp",
        f"{ISSUER}:8443/mcp",
        f"{ISSUER}.evil.example/mcp",
        f"{ISSUER}@evil.example/mcp",
        "https://ada:secret@music.example/mcp",
        f"{ISSUER}/mcp#part",
        f"{ISSUER}/mcp#",
        f"{ISSUER}/mcpx",
        f"{ISSUER}/api",
        f"{ISSUER}/health",
        f"{ISSUER}/mcp/" + "x" * 2048,
        "/mcp",
        "mcp",
        "urn:music",
        "https://[",
        "\x00",
    ],
)
def test_what_is_elsewhere_is_no_resource(resource: str) -> None:
    with pytest.raises(OAuthError) as caught:
        RESOURCES.audience(resource)
    assert caught.value.code == "invalid_target"


def test_a_token_for_everything_is_good_at_every_door() -> None:
    assert all(RESOURCES.admits(ISSUER, door) for door in Door)


@pytest.mark.parametrize("door", Door)
def test_a_token_for_a_door_is_good_there_and_nowhere_else(door: Door) -> None:
    audience = RESOURCES.audience(f"{ISSUER}{door}")
    assert [other for other in Door if RESOURCES.admits(audience, other)] == [door]


@pytest.mark.parametrize(
    "audience", ["", "https://music.exampl", "https://evil.example", f"{ISSUER}/", f"{ISSUER}/m"]
)
def test_a_token_of_another_gateway_is_good_nowhere(audience: str) -> None:
    assert not any(RESOURCES.admits(audience, door) for door in Door)


def test_a_consent_covers_itself_and_what_is_below_it() -> None:
    assert covers(ISSUER, ISSUER)
    assert covers(ISSUER, f"{ISSUER}/mcp")
    assert not covers(f"{ISSUER}/mcp", ISSUER)
    assert not covers(f"{ISSUER}/mcp", f"{ISSUER}/mcpx")


def test_each_door_is_described_at_an_address_of_its_own() -> None:
    assert RESOURCES.metadata_address(Door.MCP) == f"{ISSUER}/.well-known/oauth-protected-resource/mcp"


@pytest.mark.parametrize(
    "issuer",
    ["", "music.example", "https://music.example/", 'https://music.example"', "https://a\r\nb", "ftp://a"],
)
def test_an_issuer_that_would_spoil_a_header_cannot_be_set(issuer: str) -> None:
    with pytest.raises(ValueError, match="issuer"):
        Resources(issuer)


def test_a_gateway_of_this_machine_has_resources_too() -> None:
    assert Resources("http://127.0.0.1:8080").audience("http://127.0.0.1:8080/mcp") == "http://127.0.0.1:8080/mcp"
