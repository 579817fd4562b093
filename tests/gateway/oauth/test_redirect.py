import pytest

from gateway.oauth.errors import ClientError
from gateway.oauth.redirect import Redirect


@pytest.mark.parametrize(
    ("uri", "place", "loopback"),
    [
        ("https://agent.example/back", "agent.example", False),
        ("https://Agent.Example:8443/back?a=1", "agent.example:8443", False),
        ("https://xn--gent-4na.example/", "xn--gent-4na.example", False),
        ("http://127.0.0.1:1234/back", "127.0.0.1:1234", True),
        ("http://[::1]/back", "[::1]", True),
        ("http://localhost", "localhost", True),
        ("cursor://anysphere.cursor/oauth", "", False),
        ("com.example.app:/back", "", False),
    ],
)
def test_where_codes_may_go_is_understood(uri: str, place: str, loopback: bool) -> None:  # noqa: FBT001 - a table
    redirect = Redirect.of(uri)
    assert (redirect.place, redirect.loopback) == (place, loopback)


@pytest.mark.parametrize(
    "uri",
    [
        # A browser goes to evil.example with each of these, while a strict reader sees another host, or none.
        "https://evil.example\\@agent.example/",
        "https://agent.example@evil.example/",
        "https://agent.example%2eevil.example/",
        "https:evil.example",
        "https:///evil.example",
        "https://evil.example\t.agent.example/",
        "//evil.example/",
        # These run in the browser, or open what is no program of the client's.
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "ms-msdt:/id",
        "vbscript:x",
        "https://0x7f.1/",
        "file:///etc/passwd",
        "view-source:https://a.example",
        "mailto:a@a.example",
        # Anybody on the way could read the code.
        "http://agent.example/",
        "https://agent.example/#fragment",
        "https://agent.example/\r\nSet-Cookie: a=b",
        "https://agent.example/\x00",
        "https://agent.example/a b",
        "https://agent.example/ü",
        'https://agent.example/"><b>',
        "https://agent.example:99999999/",
        "https://agent.example:70000/",
        "https://[::1/",
        "https://agent.example/" + "a" * 2048,
        "agent.example",
        "",
    ],
)
def test_nothing_is_sent_where_browsers_and_we_might_not_agree(uri: str) -> None:
    with pytest.raises(ClientError):
        Redirect.of(uri)


@pytest.mark.parametrize(
    ("uri", "there"),
    [
        ("https://a.example/back", "https://a.example/back?code=1&state=s%20%2B&iss=https%3A%2F%2Fi.example"),
        (
            "https://a.example/?x=y%20z",
            "https://a.example/?x=y%20z&code=1&state=s%20%2B&iss=https%3A%2F%2Fi.example",
        ),
        ("https://a.example/?", "https://a.example/?code=1&state=s%20%2B&iss=https%3A%2F%2Fi.example"),
        ("app:/back", "app:/back?code=1&state=s%20%2B&iss=https%3A%2F%2Fi.example"),
    ],
)
def test_an_answer_keeps_what_the_client_has_in_its_address(uri: str, there: str) -> None:
    assert Redirect.of(uri).address("https://i.example", "s +", code="1").text == there


def test_a_client_that_sent_no_state_gets_none() -> None:
    assert Redirect.of("app:/b").address("i", None, code="1").text == "app:/b?code=1&iss=i"
    assert Redirect.of("app:/b").address("i", "", code="1").text == "app:/b?code=1&state=&iss=i"


def test_no_line_break_gets_into_a_header() -> None:
    there = Redirect.of("https://a.example/").address("https://i.example", "s\r\nSet-Cookie: a=b\x00", code="1")
    assert not set("\r\n\x00 ") & set(there.text)
