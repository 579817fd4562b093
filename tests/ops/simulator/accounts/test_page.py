"""The page says who asks for what, works without scripts, and takes nothing that it is sent for HTML."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from ops.simulator.accounts.page import consent_page

HOSTILE = "<script>alert(1)</script>\"'&amp;"


class Elements(HTMLParser):
    """All start tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


async def test_it_names_the_app_the_scopes_and_the_users(begin: Any) -> None:
    login = await begin(app_name="Night Radio", users=2)
    page = Elements((await login.ask()).text)
    for words in ("Night Radio", "Simulated Spotify", "user-library-read", "user-top-read"):
        assert words in page.text
    assert "user-read-email" not in page.text
    radios = [one for one in page.named("input") if one["type"] == "radio"]
    assert [one["value"] for one in radios] == ["demo", "friend", "freebie", "user-001", "user-002"]
    assert ["checked" in one for one in radios] == [True, False, False, False, False]
    assert [one["value"] for one in page.named("button")] == ["agree", "cancel"]


async def test_the_user_of_this_browser_is_chosen_already(begin: Any) -> None:
    login = await begin()
    await login.answer(user="freebie")
    page = Elements((await login.ask(show_dialog="true")).text)
    assert [one["value"] for one in page.named("input") if "checked" in one] == ["freebie"]


async def test_nothing_asked_is_said_in_words(begin: Any) -> None:
    assert "nothing more" in (await (await begin()).ask(scope=None)).text


async def test_the_form_leads_to_the_same_question(begin: Any) -> None:
    login = await begin()
    page = Elements((await login.ask(state="a&b=\"'<\N{SNOWMAN}")).text)
    (form,) = page.named("form")
    assert (form["method"], str(form["action"])[0]) == ("post", "?")
    async with login.spotify.client.post(
        f"/authorize{form['action']}", data={"user": "demo", "decision": "cancel"}, allow_redirects=False
    ) as response:
        assert response.headers["Location"].endswith("state=a%26b%3D%22%27%3C%E2%98%83")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "response_type", "more"])
async def test_what_an_app_sends_never_becomes_html(begin: Any, name: str) -> None:
    login = await begin()
    for seen in (await login.ask(**{name: HOSTILE}), await login.answer("maybe", **{name: HOSTILE})):
        assert "<script" not in seen.text
        assert "alert(1)" not in Elements(seen.text).text


def test_a_query_never_becomes_html() -> None:
    # A server gives it percent-encoded; the page does not rely on that.
    page = consent_page("App", '"><script>', scopes=(), users=(), chosen="")
    assert isinstance(page.text, str)
    assert "<script" not in page.text


async def test_the_name_of_an_app_never_becomes_html(begin: Any) -> None:
    seen = await (await begin(app_name=HOSTILE)).ask()
    assert "<script" not in seen.text
    assert HOSTILE in Elements(seen.text).text


@pytest.mark.parametrize("changes", [{}, {"client_id": "other"}], ids=["question", "refusal"])
async def test_the_page_can_run_load_and_be_framed_by_nothing(begin: Any, changes: dict[str, str]) -> None:
    seen = await (await begin()).ask(**changes)
    policy = dict(part.strip().split(" ", 1) for part in seen.headers["Content-Security-Policy"].split(";"))
    (style,) = re.findall(r"<style>(.*)</style>", seen.text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert " style=" not in seen.text
    assert (seen.headers["Cache-Control"], seen.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert seen.headers["Content-Type"] == "text/html; charset=utf-8"
