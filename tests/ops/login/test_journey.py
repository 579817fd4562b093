"""Whole sign-ins and sign-outs against the simulated Spotify, in this process."""

import asyncio
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

import redis_server
from gateway.auth.sign_in import KIND
from gateway.principal import LOCAL, Principal
from ops.accounts import opened_records
from ops.bootstrap import wire
from ops.login.command import login
from ops.login.wish import Wish
from ops.settings import Settings
from sign_in_journey import World, found, refuses, sign_in, sign_out, world
from sign_in_rig import Person

KEYS = {"AUTH_MODE": "keys", "FERMATA_KEYS": f"anna:{'0' * 64}"}


async def details(here: World) -> dict[str, str]:
    return {one.subject: one.detail for one in await found(here)}


def kept_in_the_open(folder: Path) -> list[str]:
    """Return what of a sign-in others than its owner could read in the files of a folder."""
    found = [] if (folder / "vault.sqlite").stat().st_mode & 0o077 == 0 else ["vault.sqlite is readable"]
    for path in filter(Path.is_file, folder.iterdir()):
        words = (b"refresh_token", b"user-library-read", KIND.encode())
        found += [f"{path.name} has {word!r}" for word in words if word in path.read_bytes()]
    return found


async def test_who_signs_in_is_named_and_stays_signed_in(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        done = await sign_in(here)
        assert done.code == 0
        assert "You are Demo Listener (demo)." in done.out
        assert str(tmp_path / "vault.sqlite") in done.out
        told = await details(here)
        assert "Demo Listener is signed in" in told["user"]
        assert "user-library-modify" in told["user"]
        assert "good for 182 more days" in told["consent of the user"]
        assert "enough for the tools of TOOLSETS=core" in told["scopes of the user"]
        assert all(one.well for one in await found(here))


async def test_what_is_kept_is_its_owners_alone_and_sealed(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await sign_in(here)
    assert kept_in_the_open(tmp_path) == []


async def test_sign_ins_are_kept_in_redis_where_processes_share_one(tmp_path: Path) -> None:
    with redis_server.running(tmp_path) as url:
        async with world(tmp_path / "data", users=0) as alone:
            here = alone.but(REDIS_URL=url)
            assert "the Redis of REDIS_URL" in (await sign_in(here)).out
            assert "is signed in" in (await details(here))["user"]
            assert "nobody is signed in" in (await details(alone))["user"]
            done = await sign_out(here)
            assert "deleted from the shared cache" in done.out
            assert "nobody is signed in" in (await details(here))["user"]


async def test_who_says_no_is_not_signed_in_and_who_was_stays_so(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        done = await sign_in(here, decision="cancel")
        assert done.code == 1
        assert "permission was not given" in done.err
        assert "nobody is signed in" in (await details(here))["user"]
        await sign_in(here)
        assert (await sign_in(here, decision="cancel")).code == 1
        assert "is signed in" in (await details(here))["user"]


async def test_an_account_that_is_not_on_the_apps_list_is_told_where_the_list_is(tmp_path: Path) -> None:
    async with world(tmp_path, allow_list=frozenset({"friend"})) as here:
        done = await sign_in(here)
        assert done.code == 0
        assert "Signed in" in done.out
        assert "User Management" in done.err


async def test_a_later_sign_in_takes_the_place_of_the_earlier_one(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await sign_in(here)
        assert "You are Frida Friend (friend)." in (await sign_in(here, user="friend")).out


async def test_with_another_secret_nobody_is_signed_in_and_the_doctor_says_why(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await sign_in(here)
        told = await details(here.but(FERMATA_SECRET="another" * 5))
        assert "nobody is signed in" in told["user"]
        assert "sealed with another FERMATA_SECRET" in told["user"]


async def test_the_user_of_a_key_is_another_one(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        keys = here.but(**KEYS)
        assert (await sign_in(keys, principal=Principal("key:anna"), user="friend")).code == 0
        assert "is signed in" in (await details(keys))["user of key anna"]
        assert "nobody is signed in" in (await details(here))["user"]


async def test_who_signs_out_is_forgotten_and_told_what_spotify_keeps(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await sign_in(here)
        done = await sign_out(here)
        assert done.code == 0
        assert "Signed out" in done.out
        assert "spotify.com/account/apps" in done.out
        assert "nobody is signed in" in (await details(here))["user"]
        done = await sign_out(here)
        assert done.code == 0
        assert "Nobody was signed in" in done.out


async def test_a_vault_that_cannot_be_had_is_no_sign_in(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        # Where the file should be there is a folder.
        await asyncio.to_thread((tmp_path / "vault.sqlite").mkdir)
        done = await sign_out(here)
        assert done.code == 1
        assert "nothing was changed" in done.err
        (user, *_) = await found(here)
        assert not user.well
        assert "can be read and written" in user.advice


async def test_nobody_is_waited_for_longer_than_was_said(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        person, settings = Person(), Settings.from_env(here.environ)
        wish = Wish(scopes=frozenset(), browser=True, timeout_s=0.1)
        assert await login(wish, settings, LOCAL, terminal=person) == 1
        assert "within 0.1 s" in person.complaints[0]
        assert await refuses(here.redirect_uri)


async def test_a_taken_port_is_found_by_the_doctor_and_named_by_the_login(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        port = int(here.redirect_uri.split(":")[2].split("/")[0])
        with socket.create_server(("127.0.0.1", port)):
            person, settings = Person(), Settings.from_env(here.environ)
            wish = Wish(scopes=frozenset(), browser=True, timeout_s=5)
            assert await login(wish, settings, LOCAL, terminal=person) == 1
            assert "SPOTIFY_REDIRECT_URI" in person.complaints[0]
            assert "--no-browser" in person.complaints[0]
            (redirect,) = [one for one in await found(here) if one.subject == "redirect"]
            assert not redirect.well
            assert "is taken" in redirect.detail


@pytest.mark.parametrize(("days", "well"), [(160, True), (170, False), (200, False)])
async def test_the_doctor_warns_before_a_consent_is_over(tmp_path: Path, days: int, *, well: bool) -> None:
    async with world(tmp_path) as here:
        await sign_in(here)
        async with opened_records(Settings.from_env(here.environ)) as records:
            kept = await records.read(LOCAL.id)
            assert kept is not None
            assert kept.authorized_at is not None
            await records.keep(LOCAL.id, replace(kept, authorized_at=kept.authorized_at - days * 86_400))
        (consent,) = [one for one in await found(here) if one.subject == "consent of the user"]
        assert consent.well is well
        assert "fermata login" in consent.advice


async def test_the_doctor_names_the_scopes_that_the_tools_lack(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await sign_in(here.but(TOOLSETS="search"))
        (scopes,) = [one for one in await found(here) if one.subject == "scopes of the user"]
        assert not scopes.well
        assert "lack playlist-modify-private" in scopes.detail


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (KEYS, "only with `fermata login --user NAME`"),
        ({**KEYS, "FERMATA_PUBLIC_URL": "http://127.0.0.1:8080"}, "on this machine only"),
        ({"AUTH_MODE": "oauth", "FERMATA_PUBLIC_URL": "https://m.example"}, "no REDIS_URL"),
    ],
)
async def test_the_doctor_tells_what_the_other_modes_go_without(
    tmp_path: Path, changed: dict[str, str], says: str
) -> None:
    async with world(tmp_path) as here:
        assert any(says in one.detail for one in await found(here.but(**changed)) if one.subject == "access")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, "need FERMATA_REGISTRATION=on"),
        ({"FERMATA_CLIENTS": "player=http://127.0.0.1:7777/back"}, "document, and player;"),
        ({"FERMATA_REGISTRATION": "on"}, "any may register itself"),
    ],
)
async def test_the_doctor_tells_which_programs_get_in_and_what_spotify_must_know(
    tmp_path: Path, changed: dict[str, str], says: str
) -> None:
    async with world(tmp_path) as here:
        told = await details(here.but(AUTH_MODE="oauth", FERMATA_PUBLIC_URL="https://m.example", **changed))
        assert says in told["programs"]
        assert told["redirect of the pages"].startswith("https://m.example/oauth/callback,")


async def test_the_doctor_tells_what_came_of_the_settings_sign_in(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        consent = (await here.control("login", user="demo", scopes=["user-library-read"]))["refresh_token"]
        given = here.but(FERMATA_REFRESH_TOKEN=consent)
        told = await details(given)
        assert "by FERMATA_REFRESH_TOKEN" in told["user"]
        assert "no token was asked for yet" in told["user"]
        assert "with the first token" in told["scopes of the user"]
        gateway = wire(Settings.from_env(given.environ))
        async with gateway.opened():
            await gateway.identity.kept.settle(LOCAL)
            account = gateway.identity.kept.of(LOCAL)
            assert account is not None
            await account.tokens.token(deadline=time.monotonic() + 10)
        told = await details(given)
        assert "granted: user-library-read" in told["user"]
        (scopes,) = [one for one in await found(given) if one.subject == "scopes of the user"]
        assert not scopes.well
        assert "FERMATA_REFRESH_TOKEN" in scopes.advice


async def test_who_signs_out_is_rid_of_what_came_of_the_setting_too(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        given = here.but(FERMATA_REFRESH_TOKEN="one")
        done = await sign_in(given)
        assert "FERMATA_REFRESH_TOKEN is set too" in done.err
        async with opened_records(Settings.from_env(here.environ)) as browsers:
            kept = await browsers.read(LOCAL.id)
            assert kept is not None
            assert kept.user_name == "Demo Listener"
        done = await sign_out(given)
        assert "until you unset it" in done.out
        assert "nobody is signed in" in (await details(here))["user"]


async def test_signing_in_again_and_again_leaves_nothing_open(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        before = len(asyncio.all_tasks())
        for _ in range(3):
            assert (await sign_in(here)).code == 0
        assert len(asyncio.all_tasks()) == before
