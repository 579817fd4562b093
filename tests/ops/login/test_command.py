"""How a person is led through a sign-in."""

import asyncio
import contextlib

import pytest

from gateway.errors import SignInRefusedError
from ops.login.command import GaveUpError, signed_in
from ops.login.redirect import Redirect
from ops.login.wish import Wish
from ops.serve import ListenError
from ports import free_port
from sign_in_rig import GOOD, SIGN_IN, FakeAccounts, Person, Safe, get, redirect_uri
from virtual_time import run

URI = "http://127.0.0.1:8888/callback"
BACK = f"{URI}?code={GOOD}&state=state-0"


def by_hand(
    person: Person, accounts: FakeAccounts | None = None, safe: Safe | None = None, uri: str = URI
) -> object:
    wish = Wish(scopes=frozenset({"user-top-read"}), browser=False, timeout_s=600)
    return run(
        signed_in(wish, Redirect.of(uri), accounts or FakeAccounts(), adopt=(safe or Safe()).keep, terminal=person)
    )


def test_a_pasted_address_signs_in() -> None:
    person, accounts, safe = Person([BACK]), FakeAccounts(), Safe()
    assert by_hand(person, accounts, safe) is SIGN_IN
    assert safe.kept == [SIGN_IN]
    shown = "\n".join(person.shown)
    assert "https://accounts.example/authorize?state=state-0" in shown
    assert "user-top-read" in shown
    assert accounts.asked_again
    assert not person.browsed


def test_a_wrong_paste_is_explained_and_asked_for_again() -> None:
    wrong = [GOOD, "https://example.com/?code=x&state=state-0", f"{URI}?code=evil&state=forged", BACK]
    person, accounts = Person(wrong), FakeAccounts()
    assert by_hand(person, accounts) is SIGN_IN
    assert len(person.complaints) == 3
    assert "does not belong to the sign-in" in person.complaints[2]
    assert accounts.redeemed == [("state-0", GOOD)]
    assert GOOD not in "\n".join(person.complaints + person.shown)


def test_no_answer_at_all_is_giving_up() -> None:
    with pytest.raises(GaveUpError, match="No address was given"):
        by_hand(Person([""]))


def test_nobody_waits_for_ever() -> None:
    with pytest.raises(GaveUpError, match="within 600 s"):
        by_hand(Person())


def test_who_refuses_is_told_so() -> None:
    with pytest.raises(SignInRefusedError, match="permission was not given"):
        by_hand(Person([f"{URI}?error=access_denied&state=state-0"]))


def test_a_redirect_uri_elsewhere_is_pasted_whether_or_not_there_is_a_browser() -> None:
    uri = "https://music.example.com/callback"
    person = Person([f"{uri}?code={GOOD}&state=state-0"])
    wish = Wish(scopes=frozenset(), browser=True, timeout_s=600)
    assert run(signed_in(wish, Redirect.of(uri), FakeAccounts(), adopt=Safe().keep, terminal=person)) is SIGN_IN


async def test_the_browser_is_sent_to_the_way_in_and_comes_back() -> None:
    redirect, person, safe = Redirect.of(redirect_uri()), Person(has_browser=True), Safe()
    wish = Wish(scopes=frozenset(), browser=True, timeout_s=20)
    login = asyncio.create_task(signed_in(wish, redirect, FakeAccounts(), adopt=safe.keep, terminal=person))
    async with asyncio.timeout(20):
        assert await person.opens() == redirect.start
        assert (await get(f"{redirect.uri}?code={GOOD}&state=state-0")).status == 200
        assert await login is SIGN_IN
    assert "state-0" not in "\n".join(person.shown)


async def test_interrupting_frees_the_port() -> None:
    port, person = free_port(), Person()
    redirect = Redirect.of(redirect_uri(port))
    wish = Wish(scopes=frozenset(), browser=True, timeout_s=20)
    login = asyncio.create_task(signed_in(wish, redirect, FakeAccounts(), adopt=Safe().keep, terminal=person))
    async with asyncio.timeout(20):
        await person.opens()
        login.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await login
        assert login.cancelled()
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
        server.close()
        await server.wait_closed()


async def test_a_taken_port_is_no_sign_in() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    redirect = Redirect.of(redirect_uri(server.sockets[0].getsockname()[1]))
    wish = Wish(scopes=frozenset(), browser=True, timeout_s=20)
    with pytest.raises(ListenError, match="--no-browser"):
        await signed_in(wish, redirect, FakeAccounts(), adopt=Safe().keep, terminal=Person())
    server.close()
    await server.wait_closed()
