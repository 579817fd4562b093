from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.oauth.client import Client
from gateway.oauth.redirect_rule import LONGEST_URI, redirect_problem, same_redirect

LOOPBACK = ["http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/callback?a=b"]
FIXED = ["https://app.example/oauth/callback", "cursor://anysphere.cursor-retrieval/oauth/callback"]
# What confuses parsers, browsers and people.
TRICKS = st.sampled_from(
    [
        *(
            "@",
            ":",
            "/",
            "//",
            "\\",
            "..",
            "/..",
            "/.",
            "%2f",
            "%2e%2e",
            "%00",
            "?",
            "#",
            "&",
            ";",
            ".",
            " ",
            "\t",
            "\n",
            "\r",
        ),
        *(
            "evil.example",
            "@evil.example",
            ".evil.example",
            ":80",
            ":0",
            ":08",
            ":65536",
            ":+80",
            ":8_0",
            ":٨٠",
            "\u3002",
        ),
        *(
            "\u2024",
            "\uff0f",
            "\u200b",
            "\u202e",
            "\u212a",
            "\u017f",
            "é",
            "\x00",
            "\x7f",
            "LOCALHOST",
            "Http",
            "0x7f.1",
            "127.1",
        ),
    ]
)


@st.composite
def tampered(draw: st.DrawFn) -> str:
    """An allowed redirect URI with something put into it, or in the place of a part of it."""
    uri = draw(st.sampled_from([*LOOPBACK, *FIXED]))
    start = draw(st.integers(0, len(uri)))
    end = draw(st.integers(start, min(len(uri), start + 3)))
    return uri[:start] + draw(TRICKS | st.text(max_size=3)) + uri[end:]


def client(*redirect_uris: str) -> Client:
    return Client(id="app", name="App", redirect_uris=redirect_uris, origin="configured")


@given(tampered())
def test_nothing_but_the_port_of_a_loopback_address_may_differ(asked: str) -> None:
    if not client(*LOOPBACK, *FIXED).allows(asked) or asked in {*LOOPBACK, *FIXED}:
        return
    place = urlsplit(asked)
    assert place.port in range(1, 65536)
    assert asked.replace(f":{place.port}/", "/", 1) in LOOPBACK


@given(st.integers(1, 65535), st.sampled_from(LOOPBACK))
def test_a_program_listens_at_whatever_port_it_gets(port: int, registered: str) -> None:
    head, path = registered.rsplit("/", 1)
    assert client(registered).allows(f"{head}:{port}/{path}")
    assert client(f"{head}:{port}/{path}").allows(registered)
    assert client(f"{head}:1/{path}").allows(f"{head}:{port}/{path}")


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("https://app.example/cb", "https://app.example:443/cb"),
        ("https://app.example/cb", "https://app.example/cb/"),
        ("https://app.example/cb", "https://app.example/cb?next=https://evil.example"),
        ("https://app.example/cb", "https://app.example/cb.evil"),
        ("https://app.example", "https://app.example.evil.example"),
        ("https://app.example", "https://app.example@evil.example"),
        ("https://app.example/cb", "https://app.example./cb"),
        ("https://app.example/cb", "https://APP.example/cb"),
        ("https://app.example/cb", "https://app.example/x/../cb"),
        ("https://app.example/cb", "https://app.example\\@evil.example/cb"),
        ("https://app.example/cb", "http://app.example/cb"),
        ("https://localhost/cb", "https://localhost:1/cb"),
        ("http://127.0.0.1/cb", "http://localhost/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.2/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
        ("http://127.0.0.1/cb", "https://127.0.0.1/cb"),
        ("http://127.0.0.1", "http://127.0.0.1/"),
        ("http://localhost/cb", "http://localhost.evil.example/cb"),
        ("http://localhost/cb", "http://LOCALHOST/cb"),
        ("http://localhost/cb", "http://localhost:80/cb#"),
        ("cursor://a/cb", "cursor://a:1/cb"),
    ],
)
def test_another_address_is_another_address(registered: str, asked: str) -> None:
    assert not same_redirect(registered, asked)
    assert same_redirect(registered, registered)


@pytest.mark.parametrize(
    "uri",
    [
        *LOOPBACK,
        *FIXED,
        "https://app.example:8443/cb?tenant=a%2Fb",
        "https://vscode.dev/redirect",
        "https://xn--bcher-kva.example/cb",
        "http://127.0.0.1:33418",
        "vscode://vscode.github-authentication/did-authenticate",
        "com.example.app:/oauth2redirect",
        "claude://oauth",
    ],
)
def test_what_honest_programs_use_may_be_registered(uri: str) -> None:
    assert redirect_problem(uri) == ""


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "",
            "callback",
            "/callback",
            "//app.example/cb",
            "https:",
            "https://",
            "https:///cb",
            "https:app.example/cb",
        ),
        *(
            "http://app.example/cb",
            "http://127.0.0.2/cb",
            "http://localhost.evil.example/cb",
            "http://192.168.0.1/cb",
        ),
        *("https://app.example/cb#", "https://app.example/cb#part", "cursor://a#b", "http://127.0.0.1/#"),
        *(
            "https://user@app.example/cb",
            "https://user:word@app.example/",
            "cursor://u@a/b",
            "http://localhost@evil.example/",
        ),
        *(
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "vbscript:x",
            "about:blank",
        ),
        *(
            "blob:https://app.example/x",
            "view-source:https://a.example/",
            "ms-msdt:/id",
            "intent://x",
            "ws://a.example/",
        ),
        *(
            "https://app.example/c b",
            "https://app.example/cb\n",
            "https://app.example/\x00",
            "\x01javascript:alert(1)",
        ),
        *(
            "java\nscript:alert(1)",
            " https://app.example/cb",
            "https://app.example/cb\u202e",
            "https://\u0430pp.example/cb",
        ),
        *(
            "https://app.example\\@evil.example/",
            "https:\\\\app.example/cb",
            "https://app.example/%zz",
            "https://a_b.example/",
        ),
        *(
            "https://app.example/../cb",
            "https://app.example/%2E%2e/cb",
            "https://app.example/a/./b",
            "https://app.example./cb",
        ),
        *("https://app..example/", "https://-a.example/", "https://app.example:0/", "https://app.example:65536/"),
        *(
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://0177.0.0.1/",
            "https://[::1",
            "https://[fe80::1%25a]/",
        ),
        "https://app.example/" + "a" * LONGEST_URI,
        "https://" + "a." * 126 + "ab/",
    ],
)
def test_what_could_mean_something_else_may_not_be_registered(uri: str) -> None:
    problem = redirect_problem(uri)
    assert problem
    # It is shown to strangers, and logged.
    assert not uri or len(uri) < 8 or uri not in problem


@given(st.text() | tampered())
def test_every_text_has_an_answer_and_what_is_registered_is_plain(text: str) -> None:
    if redirect_problem(text) == "":
        assert text.isascii()
        assert text.isprintable()
        assert not {" ", "#", "\\"} & set(text)
