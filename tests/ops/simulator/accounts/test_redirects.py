"""Which redirect URIs an app may register, and which of those sent are one of them."""

import pytest

from ops.simulator import SimulatorConfig
from ops.simulator.accounts.redirects import is_registered, leading_back, problem_of


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "https://app.example:8443/a/b?c=d",
        "http://127.0.0.1:8888/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1",
        "http://[::1]:5000/",
        "http://[::1]/cb?x=1",
        "myapp://callback",
        "com.example.app:/oauth",
    ],
)
def test_an_app_may_register_https_loopback_literals_and_a_scheme_of_its_own(uri: str) -> None:
    assert problem_of(uri) == ""
    SimulatorConfig(redirect_uris=(uri,))


@pytest.mark.parametrize(
    ("uri", "word"),
    [
        ("http://localhost:8888/callback", "localhost"),
        ("https://localhost/callback", "localhost"),
        ("http://LOCALHOST/callback", "localhost"),
        ("http://app.example/callback", "use https"),
        ("http://127.0.0.2/", "use https"),
        ("http://127.0.0.1.evil.example/", "use https"),
        ("http://127.0.0.1:80@evil.example/", "use https"),
        ("http://127.0.0.1:99999/", "use https"),
        ("http://127.0.0.1:0/", "use https"),
        ("http:///callback", "use https"),
        ("https://app.example/#part", "without a fragment"),
        ("https://app.example/ callback", "printable"),
        ("https://app.example/\r\nSet-Cookie: a=b", "printable"),
        ("https://app.example/\N{SNOWMAN}", "printable"),
        ("", "printable"),
        ("https:///callback", "no host"),
        ("https://[::1", "not a URI"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/html,hello", "scheme"),
        ("/callback", "scheme"),
        ("callback", "scheme"),
    ],
)
def test_anything_else_is_refused_with_a_reason(uri: str, word: str) -> None:
    assert word in problem_of(uri)
    with pytest.raises(ValueError, match="redirect_uris"):
        SimulatorConfig(redirect_uris=("https://fine.example/", uri))


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("http://127.0.0.1/cb", True),
        ("http://127.0.0.1:1/cb", True),
        ("http://127.0.0.1:65535/cb", True),
        ("http://127.0.0.1:65536/cb", False),
        ("http://127.0.0.1:080/cb", False),
        ("http://127.0.0.1:/cb", False),
        ("http://127.0.0.1:5000/cb?x=1", False),
        ("http://127.0.0.1:5000/cb/", False),
        ("http://127.0.0.1:5000/cb#x", False),
        ("http://127.0.0.1:5000@evil.example/cb", False),
        ("http://127.0.0.1:5000/cb\r\nX: y", False),
        ("https://127.0.0.1:5000/cb", False),
        ("http://localhost:5000/cb", False),
        ("http://[::1]:5000/six", True),
        ("http://[::1]:5000/cb", False),
        ("http://127.0.0.1:8888/fixed", True),
        ("http://127.0.0.1:8889/fixed", False),
        ("http://127.0.0.1/fixed", False),
        ("https://app.example/cb", True),
        ("https://app.example:443/cb", False),
        ("https://APP.example/cb", False),
        ("", False),
    ],
)
def test_a_loopback_literal_without_a_port_stands_for_every_port_and_nothing_else(
    sent: str, *, found: bool
) -> None:
    registered = (
        "http://127.0.0.1/cb",
        "http://[::1]/six",
        "http://127.0.0.1:8888/fixed",
        "https://app.example/cb",
    )
    assert is_registered(sent, registered) is found


def test_the_answer_joins_a_query_that_is_there_already() -> None:
    assert leading_back("https://a.example/cb", {"code": "x&y"}) == "https://a.example/cb?code=x%26y"
    assert leading_back("https://a.example/cb?z=1", {"code": "x"}) == "https://a.example/cb?z=1&code=x"
