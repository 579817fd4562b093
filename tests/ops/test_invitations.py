"""Who follows an invitation to sign in gets what was lacking, and loses nothing that was granted before."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from yarl import URL

from gateway.auth.sign_in import SignIn
from gateway.principal import LOCAL, Principal
from gateway.transport import PooledTransport, TransportConfig
from ops.identity import Identity
from ops.identity_events import IdentityEvents
from ops.metrics import Metrics
from ops.settings import Settings
from sign_in_rig import free_port
from tools.least import least_scopes

ANNA = Principal("key:anna")
KEYS = {"AUTH_MODE": "keys", "FERMATA_KEYS": f"anna:{'0' * 64}"}
PUBLIC = {**KEYS, "FERMATA_PUBLIC_URL": "https://music.example"}
WANTED = ("user-top-read",)
BEFORE = frozenset({"user-library-read", "user-follow-read"})


@asynccontextmanager
async def invited(
    folder: Path, who: Principal, scopes: Sequence[str] = WANTED, **environ: str
) -> AsyncIterator[tuple[str, frozenset[str]]]:
    """Yield how somebody with the scopes `BEFORE` is invited, and what is asked for at least."""
    app = {"SPOTIFY_CLIENT_ID": "a", "SPOTIFY_CLIENT_SECRET": "b", "DATA_DIR": str(folder)}
    settings = Settings.from_env({**app, **environ})
    async with PooledTransport(TransportConfig()) as transport:
        events = IdentityEvents(Metrics())
        identity = Identity(settings, transport=transport, ended=lambda _: None, observer=events)
        async with identity.opened():
            await identity.kept.adopt(who, SignIn(consent="c", refresh_token="r", scopes=BEFORE))
            yield identity.accounts.invite(who, scopes), least_scopes(settings.selection)


async def test_the_page_for_keys_is_told_what_to_ask_for(tmp_path: Path) -> None:
    async with invited(tmp_path, ANNA, **PUBLIC) as (text, _):
        page = URL(text.split()[1])
    assert str(page.with_query(None)) == "https://music.example/login"
    assert page.query["scope"] == "user-follow-read user-top-read"


async def test_nobody_is_asked_for_more_who_only_has_to_sign_in(tmp_path: Path) -> None:
    async with invited(tmp_path, ANNA, (), **PUBLIC) as (text, _):
        assert "Open https://music.example/login in a browser" in text
    async with invited(tmp_path, ANNA, (), **KEYS) as (text, _):
        assert "`fermata login --user anna`" in text


async def test_without_a_page_the_whole_command_is_told(tmp_path: Path) -> None:
    async with invited(tmp_path, ANNA, **KEYS) as (text, least):
        asked = text.partition("--scopes ")[2].partition("`")[0]
    assert "fermata login --user anna --scopes " in text
    assert set(asked.split(",")) == least | BEFORE | set(WANTED)


async def test_the_local_page_asks_for_what_was_granted_too(tmp_path: Path) -> None:
    there = f"http://127.0.0.1:{free_port()}/callback"
    async with (
        invited(tmp_path, LOCAL, SPOTIFY_REDIRECT_URI=there) as (text, least),
        aiohttp.ClientSession() as browser,
        browser.get(text.split()[1], allow_redirects=False) as answer,
    ):
        asked = URL(answer.headers["Location"]).query["scope"]
    assert set(asked.split()) == least | BEFORE | set(WANTED)
