import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.callers import Door
from gateway.oauth.errors import OAuthError
from gateway.oauth.resource import Resources

ISSUER = "https://music.example"
RESOURCES = Resources(ISSUER)
TRICKS = st.sampled_from(
    ["..", "/../", "//", "\\", "%2f", "%2e", "@", ":443", ":8443", ".", "x", "?", "#", " ", "\n", "\u212a", "é"]
)


@pytest.mark.parametrize(
    ("resource", "audience"),
    [
        ("", ISSUER),
        (ISSUER, ISSUER),
        (f"{ISSUER}/", ISSUER),
        ("HTTPS://Music.Example", ISSUER),
        ("https://music.example:443/mcp", f"{ISSUER}/mcp"),
        (f"{ISSUER}/mcp", f"{ISSUER}/mcp"),
        (f"{ISSUER}/mcp/", f"{ISSUER}/mcp"),
        (f"{ISSUER}/mcp/full", f"{ISSUER}/mcp"),
        (f"{ISSUER}/mcp/x/albums,tracks/readonly", f"{ISSUER}/mcp"),
        (f"{ISSUER}/sse", f"{ISSUER}/sse"),
        (f"{ISSUER}/messages", f"{ISSUER}/sse"),
        (f"{ISSUER}/v1", f"{ISSUER}/v1"),
        (f"{ISSUER}/v1/me/player", f"{ISSUER}/v1"),
        (f"{ISSUER}/api/v1", f"{ISSUER}/v1"),
    ],
)
def test_a_resource_means_the_gateway_or_one_of_its_doors(resource: str, audience: str) -> None:
    assert RESOURCES.audience(resource) == audience


@pytest.mark.parametrize(
    "resource",
    [
        *(
            "https://evil.example/mcp",
            "https://music.example.evil.example/mcp",
            "https://evil.example/music.example/mcp",
        ),
        *(
            "http://music.example/mcp",
            "https://music.example:8443/mcp",
            "https://music.example./mcp",
            "music.example/mcp",
        ),
        *(
            "https://music.example@evil.example/mcp",
            "https://user@music.example/mcp",
            "https://music.example\\mcp",
            "/mcp",
        ),
        *(
            f"{ISSUER}/mcpx",
            f"{ISSUER}/MCP",
            f"{ISSUER}/mc",
            f"{ISSUER}/oauth/token",
            f"{ISSUER}/api",
            f"{ISSUER}/api/mcp",
        ),
        *(
            f"{ISSUER}/mcp/../v1",
            f"{ISSUER}/mcp/./x",
            f"{ISSUER}/mcp%2ffull",
            f"{ISSUER}/%6dcp",
            f"{ISSUER}/mcp/%2e%2e/v1",
        ),
        *(
            f"{ISSUER}//mcp",
            f"{ISSUER}/mcp//full",
            f"{ISSUER}/x/mcp",
            f"{ISSUER}/mcp;a",
            f"{ISSUER}/mcp?a=b",
            f"{ISSUER}/mcp#",
        ),
        *(
            f" {ISSUER}/mcp",
            f"{ISSUER}/mcp\n",
            f"{ISSUER}\n",
            "https://mu\u017fic.example/mcp",
            "https://music.example:0443/mcp",
        ),
    ],
)
def test_whatever_only_looks_like_one_is_no_target(resource: str) -> None:
    with pytest.raises(OAuthError) as refused:
        RESOURCES.audience(resource)
    assert refused.value.code == "invalid_target"
    assert "evil" not in refused.value.description


@given(st.sampled_from([door.value for door in Door]), TRICKS | st.text(max_size=3), st.integers(0, 30))
def test_an_audience_is_always_one_of_four(door: str, trick: str, place: int) -> None:
    text = ISSUER + door + "/full"
    try:
        audience = RESOURCES.audience(text[:place] + trick + text[place:])
    except OAuthError:
        return
    # Whatever was put in, it did not lead to another door.
    assert audience in {ISSUER + door, ISSUER}


def test_a_gateway_on_this_machine_keeps_its_port() -> None:
    local = Resources("http://127.0.0.1:8080")
    assert local.audience("http://127.0.0.1:8080/sse") == "http://127.0.0.1:8080/sse"
    for other in ("http://127.0.0.1/sse", "http://localhost:8080/sse", "http://127.0.0.1:8081/sse"):
        with pytest.raises(OAuthError):
            local.audience(other)


@pytest.mark.parametrize("door", Door)
def test_a_token_opens_the_door_that_it_is_for_and_one_of_the_issuer_opens_all(door: Door) -> None:
    assert RESOURCES.admits(ISSUER, door)
    assert [other for other in Door if RESOURCES.admits(RESOURCES.audience(ISSUER + door.value), other)] == [door]
    for stranger in ("", "https://evil.example", f"{ISSUER}/", f"{ISSUER}{door.value}/", f"{ISSUER}/oauth"):
        assert not RESOURCES.admits(stranger, door)


def test_each_door_is_described_where_rfc_9728_looks_for_it() -> None:
    address = "https://music.example/.well-known/oauth-protected-resource/mcp"
    assert RESOURCES.metadata_address(Door.MCP) == address
