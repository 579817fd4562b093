"""What a browser gets during a sign-in, over a real port."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from gateway.auth.vault import VaultError
from gateway.errors import SignInRefusedError, UpstreamUnavailableError
from ops.login.listener import Reception, listen, receiving
from ops.login.pending import Pending
from ops.login.redirect import Redirect
from ops.serve import ListenError
from sign_in_rig import GOOD, SIGN_IN, FakeAccounts, Safe, get, redirect_uri


@asynccontextmanager
async def signing_in(
    accounts: FakeAccounts | None = None, safe: Safe | None = None
) -> AsyncIterator[tuple[Redirect, Reception]]:
    redirect = Redirect.of(redirect_uri())
    pending = Pending(accounts or FakeAccounts(), redirect.uri, ["user-library-read"], adopt=(safe or Safe()).keep)
    async with asyncio.timeout(20), receiving(listen(redirect), redirect, pending) as reception:
        yield redirect, reception


async def test_the_way_in_leads_to_spotify_and_is_kept_nowhere() -> None:
    async with signing_in() as (redirect, _):
        page = await get(redirect.start)
    assert page.status == 303
    assert page.headers["Location"] == "https://accounts.example/authorize?state=state-0"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"


async def test_who_comes_back_is_signed_in_and_reads_so_before_the_port_closes() -> None:
    accounts, safe = FakeAccounts(), Safe()
    redirect = Redirect.of(redirect_uri())
    pending = Pending(accounts, redirect.uri, [], adopt=safe.keep)

    async def wait() -> None:
        async with asyncio.timeout(20), receiving(listen(redirect), redirect, pending) as reception:
            listening.set()
            assert await reception.over() is SIGN_IN

    listening = asyncio.Event()
    waiting = asyncio.create_task(wait())
    await listening.wait()
    page = await get(f"{redirect.uri}?code={GOOD}&state=state-0")
    assert page.status == 200
    assert "You are signed in" in page.text
    assert "user-library-read" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    await waiting
    assert safe.kept == [SIGN_IN]
    with pytest.raises(aiohttp.ClientConnectorError):
        await get(redirect.start)


async def test_no_page_holds_a_secret() -> None:
    async with signing_in() as (redirect, _):
        page = await get(f"{redirect.uri}?code={GOOD}&state=state-0")
    for secret in (GOOD, "state-0", "AQ-hush", "v3rifier"):
        assert secret not in page.text + str(page.headers)


async def test_a_forged_state_is_told_so_and_the_sign_in_goes_on() -> None:
    accounts = FakeAccounts()
    async with signing_in(accounts) as (redirect, reception):
        page = await get(f"{redirect.uri}?code=evil&state=forged")
        assert page.status == 400
        assert "does not belong to the sign-in" in page.text
        assert not accounts.redeemed
        assert (await get(f"{redirect.uri}?code={GOOD}&state=state-0")).status == 200
        assert await reception.over() is SIGN_IN


async def test_a_page_that_is_reloaded_is_not_redeemed_again() -> None:
    accounts = FakeAccounts()
    async with signing_in(accounts) as (redirect, _):
        back = f"{redirect.uri}?code={GOOD}&state=state-0"
        assert (await get(back)).status == 200
        assert (await get(back)).status == 400
    assert len(accounts.redeemed) == 1


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "localhost:{port}", "127.0.0.1", ""])
@pytest.mark.parametrize("path", ["/login", "/callback?code=a-good-code&state=state-0"])
async def test_a_foreign_host_gets_neither_the_state_nor_an_answer_to_it(host: str, path: str) -> None:
    accounts = FakeAccounts()
    async with signing_in(accounts) as (redirect, _):
        base = f"http://127.0.0.1:{redirect.port}"
        page = await get(f"{base}{path}", headers={"Host": host.format(port=redirect.port)})
    assert page.status == 421
    assert "state-0" not in page.text + str(page.headers)
    assert not accounts.redeemed


async def test_another_path_says_where_to_begin() -> None:
    async with signing_in() as (redirect, _):
        page = await get(f"http://127.0.0.1:{redirect.port}/favicon.ico")
        assert page.status == 404
        assert redirect.start in page.text


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
async def test_only_a_visit_uses_the_code_up(method: str) -> None:
    accounts = FakeAccounts()
    async with signing_in(accounts) as (redirect, _):
        page = await get(f"{redirect.uri}?code={GOOD}&state=state-0", method=method)
        assert page.status == 405
        assert not accounts.redeemed


@pytest.mark.parametrize(
    ("accounts", "safe", "query", "status", "says"),
    [
        (FakeAccounts(), Safe(), "error=access_denied", 401, "permission was not given"),
        (FakeAccounts(), Safe(), "error=%3Cscript%3E", 401, "an unknown word"),
        (FakeAccounts(), Safe(), "", 401, "without a code"),
        (FakeAccounts(), Safe(), "code=old", 401, "does not take the code"),
        (FakeAccounts(failure=UpstreamUnavailableError("down")), Safe(), f"code={GOOD}", 502, "down"),
        (FakeAccounts(), Safe(failure=VaultError("the disk is full")), f"code={GOOD}", 503, "the disk is full"),
    ],
)
async def test_every_failure_has_its_page_and_ends_the_sign_in(
    accounts: FakeAccounts, safe: Safe, query: str, status: int, says: str
) -> None:
    async with signing_in(accounts, safe) as (redirect, reception):
        page = await get(f"{redirect.uri}?state=state-0&{query}")
        assert page.status == status
        assert "Not signed in" in page.text
        assert says in page.text
        with pytest.raises((SignInRefusedError, UpstreamUnavailableError, VaultError), match=says):
            await reception.over()


async def test_a_fault_of_ours_ends_the_sign_in_too() -> None:
    async with signing_in(safe=Safe(failure=RuntimeError("bug"))) as (redirect, reception):
        assert (await get(f"{redirect.uri}?code={GOOD}&state=state-0")).status == 500
        with pytest.raises(RuntimeError, match="bug"):
            await reception.over()


async def test_a_browser_that_leaves_early_is_signed_in_all_the_same() -> None:
    accounts, safe = FakeAccounts(gate=asyncio.Event()), Safe()
    async with signing_in(accounts, safe) as (redirect, reception):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(get(f"{redirect.uri}?code={GOOD}&state=state-0"), timeout=0.2)
        assert accounts.gate is not None
        accounts.gate.set()
        assert await reception.over() is SIGN_IN
    assert safe.kept == [SIGN_IN]


def test_a_taken_port_names_the_setting_and_the_way_without() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        redirect = Redirect.of(redirect_uri(other.getsockname()[1]))
        with pytest.raises(ListenError, match=r"taken.*SPOTIFY_REDIRECT_URI.*--no-browser"):
            listen(redirect)


@pytest.mark.parametrize("host", ["music.example.com", "127.0.0.1:8888"])
def test_nothing_listens_beyond_this_machine_or_as_if_it_spoke_https(host: str) -> None:
    with pytest.raises(ListenError, match=r"nothing on this machine can listen.*--no-browser"):
        listen(Redirect.of(f"https://{host}/callback"))


def test_it_listens_for_this_machine_alone() -> None:
    with listen(Redirect.of(redirect_uri())) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
