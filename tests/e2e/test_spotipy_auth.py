"""The auth managers of spotipy and tekore sign in at the simulated accounts service as they would at Spotify's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import spotipy
import tekore
from aiohttp import web
from httpx import AsyncClient
from spotipy.oauth2 import SpotifyOAuth, SpotifyOauthError, SpotifyPKCE, SpotifyStateError

from consenting import ConsentingUser, jar
from ops.serve import listening
from ops.simulator import TOKEN_DESK, SimulatorConfig, create_app

BACK = "http://127.0.0.1:8888/callback"
SCOPES = "user-library-read user-read-private"
PATIENCE_S = 20
KINDS = pytest.mark.parametrize("kind", [SpotifyOAuth, SpotifyPKCE])


@dataclass(frozen=True, slots=True)
class Accounts:
    """A running simulator, and a browser at it."""

    base: str
    app: web.Application
    http: aiohttp.ClientSession
    terminal: pytest.MonkeyPatch

    def manager(self, kind: Any, **answer: str) -> Any:
        """Return an auth manager of spotipy; when it asks on the terminal, its user answers as in `answer`."""
        loop, user = asyncio.get_running_loop(), ConsentingUser(self.http, **answer)

        def paste(prompt: str) -> str:
            address = next(word for word in prompt.split() if word.startswith(self.base))
            # spotipy blocks the thread it was called in; the browser is at home in the loop.
            return asyncio.run_coroutine_threadsafe(user.sign_in(address), loop).result(PATIENCE_S)

        self.terminal.setattr("builtins.input", paste)
        secret = {"client_secret": "demo-secret"} if kind is SpotifyOAuth else {}
        manager = kind(
            client_id="demo-client",
            redirect_uri=BACK,
            scope=SCOPES,
            state="s-1",
            open_browser=False,
            requests_timeout=PATIENCE_S,
            cache_handler=spotipy.MemoryCacheHandler(),
            **secret,
        )
        manager.OAUTH_AUTHORIZE_URL = f"{self.base}/authorize"
        manager.OAUTH_TOKEN_URL = f"{self.base}/api/token"
        return manager

    async def me(self, manager: Any) -> Any:
        """Return who the Web API says that the manager's user is."""
        client = spotipy.Spotify(auth_manager=manager, retries=0, status_retries=0, requests_timeout=PATIENCE_S)
        client.prefix = f"{self.base}/v1/"
        return await asyncio.to_thread(client.me)

    def tally(self, user: str = "demo") -> Any:
        """Return how often the user signed in and was refreshed."""
        return self.app[TOKEN_DESK].tally.summary()["users"][user]


@asynccontextmanager
async def accounts(terminal: pytest.MonkeyPatch, **settings: Any) -> AsyncIterator[Accounts]:
    app = create_app(SimulatorConfig(**settings))
    async with listening(app, "127.0.0.1", port=0) as base, aiohttp.ClientSession(cookie_jar=jar()) as http:
        yield Accounts(base, app, http, terminal)


@KINDS
async def test_a_user_signs_in_once_and_is_known_from_then_on(monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    async with accounts(monkeypatch) as service:
        manager = service.manager(kind, user="friend")
        assert [(await service.me(manager))["id"] for _ in range(2)] == ["friend", "friend"]
        assert manager.cache_handler.get_cached_token()["scope"] == SCOPES
        assert service.tally("friend") == {"logins": 1, "codes": 1, "refreshes": 0, "refused": 0}


@KINDS
async def test_tokens_that_run_out_are_refreshed_by_rotation_too(
    monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    # spotipy takes a token for expired in its last minute.
    async with accounts(monkeypatch, token_ttl_s=59, rotate_refresh_tokens=True) as service:
        manager = service.manager(kind)
        for _ in range(3):
            assert (await service.me(manager))["id"] == "demo"
        counts = service.tally()
        assert (counts["logins"], counts["refreshes"] > 1, counts["refused"]) == (1, True, 0)


@KINDS
async def test_a_user_who_cancels_is_not_signed_in(monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    async with accounts(monkeypatch) as service:
        with pytest.raises(SpotifyOauthError, match="access_denied"):
            await service.me(service.manager(kind, decision="cancel"))


@KINDS
async def test_a_state_that_is_not_the_clients_own_is_refused_by_the_client(
    monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    async with accounts(monkeypatch) as service:
        manager = service.manager(kind)
        # The simulator gives back whatever state the browser brought, as it must.
        monkeypatch.setattr("builtins.input", lambda _prompt: f"{BACK}?code=AQstolen&state=forged")
        with pytest.raises(SpotifyStateError):
            await service.me(manager)


@KINDS
async def test_a_withdrawn_consent_ends_in_invalid_grant(monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    async with accounts(monkeypatch, token_ttl_s=59) as service:
        manager = service.manager(kind)
        await service.me(manager)
        service.app[TOKEN_DESK].revoke("demo")
        with pytest.raises(SpotifyOauthError, match="invalid_grant"):
            await service.me(manager)


async def test_a_code_that_was_caught_on_its_way_is_worth_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with accounts(monkeypatch) as service:
        honest, thief = service.manager(SpotifyPKCE), service.manager(SpotifyPKCE)
        back = await ConsentingUser(service.http).sign_in(honest.get_authorize_url())
        code = honest.parse_response_code(back)
        with pytest.raises(SpotifyOauthError, match="invalid_grant"):
            await asyncio.to_thread(thief.get_access_token, code, check_cache=False)


@KINDS
async def test_who_is_not_on_the_list_reads_why(monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    async with accounts(monkeypatch, allow_list=frozenset({"demo"})) as service:
        with pytest.raises(spotipy.SpotifyException, match="not registered in the Developer Dashboard"):
            await service.me(service.manager(kind, user="friend"))


@pytest.mark.parametrize("pkce", [False, True])
async def test_tekore_signs_in_and_refreshes(monkeypatch: pytest.MonkeyPatch, pkce: bool) -> None:  # noqa: FBT001 - a table column
    async with accounts(monkeypatch, rotate_refresh_tokens=True) as service:
        # tekore has these in its own module only, and no setting for them.
        monkeypatch.setattr("tekore._auth.expiring.client.OAUTH_AUTHORIZE_URL", f"{service.base}/authorize")
        monkeypatch.setattr("tekore._auth.expiring.client.OAUTH_TOKEN_URL", f"{service.base}/api/token")
        secret = None if pkce else "demo-secret"
        sender = tekore.AsyncSender(AsyncClient(timeout=PATIENCE_S))
        credentials = tekore.Credentials("demo-client", secret, BACK, sender=sender)
        auth = tekore.UserAuth(credentials, SCOPES, pkce=pkce)
        first = await auth.request_token(url=await ConsentingUser(service.http).sign_in(auth.url))
        renew = credentials.refresh_pkce_token if pkce else credentials.refresh_user_token
        second = await renew(first.refresh_token)
        assert str(second.scope) == SCOPES
        assert second.refresh_token != first.refresh_token
        header = {"Authorization": f"Bearer {second.access_token}"}
        async with service.http.get(f"{service.base}/v1/me", headers=header) as response:
            assert (await response.json())["id"] == "demo"
        await credentials.close()
