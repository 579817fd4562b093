import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.oauth.client import Client
from gateway.oauth.shown import LONGEST_NAME, display_name


def named(name: str, *, uri: str = "") -> Client:
    return Client(id="https://app.example/c", name=name, redirect_uris=["https://a/"], origin="document", uri=uri)


@given(st.text())
def test_a_name_is_one_short_line_that_can_be_seen(name: str) -> None:
    shown = display_name(name)
    assert len(shown) <= LONGEST_NAME
    assert shown == shown.strip()
    assert not [letter for letter in shown if unicodedata.category(letter) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Claude", "Claude"),
        ("  My\n\tApp  ", "My App"),
        ("Café 音楽 🎵", "Café 音楽 🎵"),
        ("App\u202egnp.exe", "App gnp.exe"),
        ("\u2066a\u2069\u200fb\u061c", "a b"),
        ("A\u200bp\u00adp\ufeff", "A p p"),
        ("\x00\x1b[31mApp", "[31mApp"),
        ("e" + "\u0301" * 50, "é\u0301\u0301"),
        ("a\U000e0041b", "a b"),
        ("x" * 61, "x" * 59 + "…"),
        ("<b>App</b>", "<b>App</b>"),
    ],
)
def test_a_name_is_shown_without_what_deceives(name: str, shown: str) -> None:
    assert display_name(name) == shown
    assert named(name).name == shown


@pytest.mark.parametrize("name", ["", " \n", "\u3164\u2800", "\u202e\u202d"])
def test_a_name_of_nothing_to_be_seen_is_empty(name: str) -> None:
    assert named(name).name == ""


@pytest.mark.parametrize(
    ("uri", "kept"),
    [
        ("https://app.example", True),
        ("https://app.example/home?x=1", True),
        ("http://app.example", False),
        ("javascript:alert(1)", False),
        ('https://app.example/"onclick="x', False),
        ("https://user@app.example", False),
        ("https://app.example/" + "a" * 3000, False),
    ],
)
def test_only_a_plain_https_home_page_is_kept(uri: str, *, kept: bool) -> None:
    assert named("App", uri=uri).uri == (uri if kept else "")


def test_what_a_client_holds_does_not_change_with_the_list_it_was_made_of() -> None:
    uris = ["https://app.example/cb"]
    client = Client(id="a", name="A", redirect_uris=uris, origin="configured")
    uris.append("https://evil.example/cb")
    assert not client.allows("https://evil.example/cb")
