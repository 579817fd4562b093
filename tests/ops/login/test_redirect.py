"""Which addresses are the one at which browsers come back."""

import pytest

from ops.login.redirect import ElsewhereError, Redirect

URI = "http://127.0.0.1:8888/callback"


def test_the_way_in_lies_beside_the_way_back() -> None:
    assert Redirect.of(URI).start == "http://127.0.0.1:8888/login"
    assert Redirect.of("http://[::1]:8888/cb").start == "http://[::1]:8888/login"


def test_a_redirect_uri_that_is_called_login_does_not_hide_the_way_in() -> None:
    redirect = Redirect.of("http://127.0.0.1:8888/login")
    assert redirect.path != redirect.entry
    assert redirect.start == "http://127.0.0.1:8888/login/begin"


@pytest.mark.parametrize(
    ("uri", "names"),
    [
        (URI, {"127.0.0.1:8888"}),
        ("http://[::1]:8888/callback", {"[::1]:8888"}),
        ("http://127.0.0.1/callback", {"127.0.0.1", "127.0.0.1:80"}),
    ],
)
def test_only_its_own_host_is_meant(uri: str, names: set[str]) -> None:
    assert set(Redirect.of(uri).names) == names


@pytest.mark.parametrize("uri", ["https://music.example.com/callback", "https://127.0.0.1:8888/callback"])
def test_nothing_here_listens_for_https(uri: str) -> None:
    assert not Redirect.of(uri).loopback


def test_a_pasted_address_is_read_with_the_blanks_that_come_with_pasting() -> None:
    query = Redirect.of(URI).read(f"  {URI}?code=a%2Bb&state=s \n")
    assert (query["code"], query["state"]) == ("a+b", "s")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "a-good-code",
        "code=a&state=s",
        URI,
        "http://127.0.0.1:8889/callback?code=a&state=s",
        "http://localhost:8888/callback?code=a&state=s",
        "https://127.0.0.1:8888/callback?code=a&state=s",
        "http://127.0.0.1:8888/other?code=a&state=s",
        "http://127.0.0.1:8888@evil.example/callback?code=a&state=s",
        "https://accounts.spotify.com/authorize?state=s",
        "http://[::1/callback?code=a&state=s",
        "http://127.0.0.1:99999/callback?code=a&state=s",
    ],
)
def test_any_other_address_is_refused_with_how_the_right_one_begins(text: str) -> None:
    with pytest.raises(ElsewhereError, match=r"begins with http://127\.0\.0\.1:8888/callback\?code="):
        Redirect.of(URI).read(text)
