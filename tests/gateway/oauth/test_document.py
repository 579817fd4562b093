import json
from typing import Any

import pytest

from gateway.oauth.client_metadata import MetadataError
from gateway.oauth.document import address_problem, client_of

ID = "https://app.example/client.json"


def document(**members: Any) -> bytes:
    said = {"client_id": ID, "client_name": "App", "redirect_uris": ["http://127.0.0.1/callback"], **members}
    return json.dumps({name: value for name, value in said.items() if value is not ...}).encode()


@pytest.mark.parametrize(
    "client_id",
    [
        ID,
        "https://app.example/",
        "https://app.example/oauth/client?v=2",
        "https://app.example:8443/client.json",
        "https://claude.ai/oauth/claude-code-client-metadata",
    ],
)
def test_an_https_address_with_a_path_can_be_an_id(client_id: str) -> None:
    assert address_problem(client_id) == ""


@pytest.mark.parametrize(
    "client_id",
    [
        "http://app.example/client.json",
        "https://app.example",
        "https://app.example?x=/",
        "https://app.example/client.json#a",
        "https://user@app.example/client.json",
        "https://app.example/a/../client.json",
        "https://app.example/./client.json",
        "https://app.example/%2e%2E/client.json",
        "https://app.example\\client.json",
        "https://app.example/cli ent.json",
        "https://äpp.example/client.json",
        "https://app.example/client.json\n",
        "https://app.example/" + "a" * 2048,
        "https://",
        "",
    ],
)
def test_any_other_address_cannot(client_id: str) -> None:
    assert address_problem(client_id)


def test_a_permitted_origin_need_not_be_https_but_has_to_be_plain() -> None:
    permitted = frozenset({"http://127.0.0.1:1234"})
    assert address_problem("http://127.0.0.1:1234/client.json", permitted=permitted) == ""
    for other in (
        "http://127.0.0.1:12345/c",
        "http://127.0.0.1:1234/a/../b",
        "http://127.0.0.1:1234@evil.example/",
    ):
        assert address_problem(other, permitted=permitted)


def test_a_document_introduces_its_client() -> None:
    uris = ["http://127.0.0.1/callback", "https://elsewhere.example/callback"]
    said = document(
        client_uri="https://app.example", redirect_uris=uris, logo_uri="data:,", jwks={"keys": []}, x=[1]
    )
    client = client_of(ID, said)
    assert (client.id, client.name, client.origin, client.uri) == (ID, "App", "document", "https://app.example")
    # The draft allows redirects to other hosts, and desktop clients need them.
    assert client.allows("http://127.0.0.1:5000/callback")
    assert client.allows("https://elsewhere.example/callback")
    assert not client.allows("https://app.example/callback")


def test_a_document_need_not_say_much() -> None:
    client = client_of(ID, document(client_name=..., client_uri=None, grant_types=None))
    assert client.name == ""
    assert client.uri == ""


@pytest.mark.parametrize(
    "method",
    [
        {},
        {"token_endpoint_auth_method": None},
        {"token_endpoint_auth_method": "none"},
        # As ChatGPT says it.
        {
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        },
    ],
)
def test_a_client_that_can_go_without_a_secret_is_taken(method: dict[str, Any]) -> None:
    assert client_of(ID, document(**method)).id == ID


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"client_id": ...}, "client_id"),
        ({"client_id": "https://app.example/other.json"}, "letter for letter"),
        ({"client_id": "https://app.example:443/client.json"}, "letter for letter"),
        ({"client_id": "https://APP.example/client.json"}, "letter for letter"),
        ({"client_id": ID + "/"}, "letter for letter"),
        ({"redirect_uris": ...}, "redirect_uris"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": None}, "redirect_uris"),
        ({"redirect_uris": "https://app.example/cb"}, "redirect_uris"),
        ({"redirect_uris": [7]}, "redirect_uris.0"),
        ({"redirect_uris": ["https://app.example/cb", "javascript:alert(1)"]}, "redirect_uris.1"),
        ({"redirect_uris": ["https://app.example/cb"] * 51}, "redirect_uris"),
        ({"client_name": 7}, "client_name"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "must be none"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "must be none"),
        ({"token_endpoint_auth_methods_supported": "none"}, "token_endpoint_auth_methods_supported"),
        ({"client_secret": "hush"}, "client_secret"),
        ({"client_secret_expires_at": 0}, "client_secret"),
        ({"grant_types": ["client_credentials"]}, "authorization_code"),
        ({"response_types": ["token"]}, "response_types"),
    ],
)
def test_a_document_that_cannot_be_served_is_refused_with_what_to_change(
    members: dict[str, Any], word: str
) -> None:
    with pytest.raises(MetadataError) as refused:
        client_of(ID, document(**members))
    assert word in str(refused.value)
    assert "hush" not in str(refused.value)
    assert "alert" not in str(refused.value)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'"x"', b"\xff", b"[" * 10_000, b'{"a": NaN}', b"<html>"]
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(MetadataError):
        client_of(ID, body)
