import base64
import re
from hashlib import sha256

import pytest
from aiohttp import web

from gateway.pages import (
    Address,
    address,
    bullets,
    button,
    code,
    facts,
    form,
    heading,
    item,
    lead_on,
    link,
    name,
    notice,
    page,
    paragraph,
    redirect,
    secret_field,
    small,
    way_on,
)

EVIL = "\"'><script>alert(1)</script>&"


def test_whatever_is_shown_is_escaped() -> None:
    parts = [
        paragraph(EVIL),
        small(EVIL),
        heading(EVIL),
        name(EVIL),
        notice(EVIL, warn=True),
        code(EVIL),
        bullets([EVIL, item(EVIL, EVIL)]),
        facts([(EVIL, EVIL)]),
        link(EVIL, Address(EVIL)),
        way_on(EVIL, Address(EVIL)),
        button(EVIL, EVIL),
        form(Address(EVIL), hidden={EVIL: EVIL}),
        secret_field(EVIL, EVIL, hint=EVIL, longest=9),
    ]
    for response in (page(EVIL, *parts), lead_on(EVIL, *parts, to=Address(EVIL), label=EVIL)):
        assert response.text is not None
        assert "<script" not in response.text
        assert EVIL not in response.text
        # An attribute is left by its quote alone.
        assert "\"'>" not in response.text


def test_the_policy_allows_the_one_stylesheet_and_nothing_else() -> None:
    response = page("Title", paragraph("Text"))
    (style,) = re.findall(r"<style>(.*?)</style>", response.text or "", re.DOTALL)
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    policy = dict(rule.split(" ", 1) for rule in response.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize(
    "response", [page("T"), lead_on("T", to=Address("/"), label="On"), redirect(Address("/"))]
)
def test_no_page_and_no_redirect_is_kept_framed_or_told_about(response: web.Response) -> None:
    headers = response.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    # Clients open the pages in a popup, and look whether it came back.
    assert headers["Cross-Origin-Opener-Policy"] == "unsafe-none"


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    text = page("Title", paragraph("Text")).text or ""
    assert not re.search(r"<(script|link|img|iframe|object|base)\b|@import|url\(| on\w+=| style=", text)


@pytest.mark.parametrize("url", ["https://a.example/x", "http://127.0.0.1:8888/login", "/login"])
def test_web_addresses_and_own_paths_can_be_linked_to(url: str) -> None:
    assert f'href="{url}"' in link("there", address(url)).text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/\\evil.example",
        "x",
        "",
    ],
)
def test_nothing_else_can_be_linked_to(url: str) -> None:
    with pytest.raises(ValueError, match="only web addresses"):
        address(url)


def test_a_page_that_leads_on_does_so_with_and_without_the_browsers_help() -> None:
    text = lead_on("On", to=address("https://a.example/?a=1&b=2"), label="Go").text or ""
    assert '<meta http-equiv="refresh" content="0;url=https://a.example/?a=1&amp;b=2">' in text
    assert '<a class="button" href="https://a.example/?a=1&amp;b=2">Go</a>' in text
