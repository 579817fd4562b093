"""One person signs in, looks, and signs out, with the real command."""

import asyncio
import os
import pty
import signal
import sys
from pathlib import Path

import orjson
import pytest

from sign_in_journey import (
    World,
    address_in,
    finished,
    refuses,
    running,
    sent_to_spotify,
    signed_in,
    visited,
    world,
)

SECRETS = ("demo-secret", "code=", "AQ", "BQ")


async def test_who_signs_in_is_named_and_stays_signed_in(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        code, out, err = await signed_in(here)
        assert code == 0, err
        assert "You are Demo Listener (demo)." in out
        assert str(tmp_path / "vault.sqlite") in out
        assert not any(secret in out + err for secret in SECRETS)
        code, out, _ = await finished("doctor", environ=here.environ)
        assert code == 0, out
        assert "is signed in" in out
        assert "user-library-modify" in out
        assert "good for 182 more days" in out
        assert "enough for the tools of TOOLSETS=core" in out


async def test_what_is_kept_is_readable_by_its_owner_alone_and_sealed(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await signed_in(here)
    kept = tmp_path / "vault.sqlite"
    assert kept.stat().st_mode & 0o077 == 0
    for path in tmp_path.iterdir():
        text = path.read_bytes() if path.is_file() else b""
        for secret in (b"refresh_token", b"user-library-read", b"sign-in"):
            assert secret not in text, path


async def test_it_asks_for_no_more_than_the_tools_need_unless_it_is_told_to(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        few = dict(here.environ) | {"TOOLSETS": "search,library,readonly"}
        async with running("login", environ=few) as command:
            said = await command.until("Waiting for")
            assert "asks Spotify for: user-follow-read, playlist" not in said
            assert "user-library-modify" not in said
            assert "user-library-read" in said
        async with running("login", "--scopes", "user-top-read,ugc-image-upload", environ=few) as command:
            assert "for: ugc-image-upload, user-top-read." in await command.until("Waiting for")
        code, _, err = await finished("login", "--scopes", "user-fly", environ=few)
        assert code == 2
        assert "there is no 'user-fly'" in err


async def test_who_says_no_is_not_signed_in(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        code, _, err = await signed_in(here, decision="cancel")
        assert code == 1
        assert "permission was not given" in err
        _, out, _ = await finished("doctor", environ=here.environ)
        assert "nobody is signed in" in out


async def test_an_account_that_is_not_on_the_apps_list_is_told_where_the_list_is(tmp_path: Path) -> None:
    async with world(tmp_path, allow_list=frozenset({"friend"})) as here:
        code, out, err = await signed_in(here)
        assert code == 0
        assert "Signed in" in out
        assert "User Management" in err


async def test_a_pasted_address_signs_in_where_no_browser_can_come_back(tmp_path: Path) -> None:
    async with world(tmp_path) as here, running("login", "--no-browser", environ=here.environ) as command:
        there = address_in(await command.until("Paste it"))
        assert await refuses(here.redirect_uri)
        await command.type("https://example.com/callback?code=x&state=y")
        await command.type(f"{here.redirect_uri}?code=evil&state=forged")
        await command.type(await here.answer(there))
        code, out, err = await command.end()
        assert code == 0, err
        assert "You are Demo Listener (demo)." in out
        assert "not the address at which the browser ended" in err
        assert "does not belong to the sign-in" in err


async def test_nothing_pasted_is_no_sign_in(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        code, _, err = await finished("login", "--no-browser", environ=here.environ)
        assert code == 1
        assert "No address was given" in err


async def test_a_forged_or_repeated_redirect_signs_nobody_in(tmp_path: Path) -> None:
    async with world(tmp_path) as here, running("login", environ=here.environ) as command:
        start = address_in(await command.until("Waiting for"))
        assert (await visited(f"{here.redirect_uri}?code=evil&state=forged")).status == 400
        assert (await visited(f"{here.redirect_uri}/other?code=evil&state=forged")).status == 404
        back = await here.answer(await sent_to_spotify(start))
        assert (await visited(back)).status == 200
        code, _, _ = await command.end()
        assert code == 0
        assert await refuses(back)


@pytest.mark.parametrize("options", [(), ("--no-browser",)])
async def test_ctrl_c_ends_it_at_once(tmp_path: Path, options: tuple[str, ...]) -> None:
    async with world(tmp_path) as here, running("login", *options, environ=here.environ) as command:
        await command.until("Paste it" if options else "Waiting for")
        command.process.send_signal(signal.SIGINT)
        code, _, err = await command.end(closing=False)
        assert code == 130
        assert "Traceback" not in err
        assert "Fatal" not in err
        assert await refuses(here.redirect_uri)


async def test_nobody_is_waited_for_longer_than_was_said(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        code, _, err = await finished("login", "--timeout", "0.5", environ=here.environ)
        assert code == 1
        assert "within 0.5 s" in err


async def test_a_taken_port_is_named_with_the_ways_out(tmp_path: Path) -> None:
    async with world(tmp_path) as here, running("login", environ=here.environ) as first:
        await first.until("Waiting for")
        code, _, err = await finished("login", environ=here.environ)
        assert code == 1
        assert "SPOTIFY_REDIRECT_URI" in err
        assert "--no-browser" in err
        code, out, _ = await finished("doctor", environ=here.environ)
        assert code == 1
        assert "is taken" in out


@pytest.mark.parametrize(
    ("environ", "arguments", "says"),
    [
        ({}, ("--user", "anna"), "--user is for AUTH_MODE=keys"),
        ({"AUTH_MODE": "keys", "FERMATA_KEYS": f"anna:{'0' * 64}"}, (), "there are anna"),
        ({"AUTH_MODE": "keys", "FERMATA_KEYS": f"anna:{'0' * 64}"}, ("--user", "bert"), "no key 'bert'"),
        ({"AUTH_MODE": "oauth", "FERMATA_PUBLIC_URL": "https://m.example"}, (), "the gateway's pages"),
        ({}, ("--timeout", "0"), "--timeout"),
        ({"SPOTIFY_REDIRECT_URI": "http://localhost:8888/callback"}, (), "Spotify takes no localhost"),
    ],
)
async def test_a_wrong_command_line_is_explained(
    tmp_path: Path, environ: dict[str, str], arguments: tuple[str, ...], says: str
) -> None:
    async with world(tmp_path) as here:
        code, out, err = await finished("login", *arguments, environ={**here.environ, **environ})
    assert code == 2
    assert says in err
    assert "Traceback" not in err
    assert out == ""


async def test_the_user_of_a_key_is_another_one(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        keys = {**here.environ, "AUTH_MODE": "keys", "FERMATA_KEYS": f"anna:{'0' * 64}"}
        async with running("login", "--user", "anna", environ=keys) as command:
            start = address_in(await command.until("Waiting for"))
            await visited(await here.answer(await sent_to_spotify(start), user="friend"))
            code, out, _ = await command.end()
            assert code == 0
            assert "You are Frida Friend (friend)." in out
        assert "nobody is signed in" in (await finished("doctor", environ=here.environ))[1]
        assert "user of key anna:" in (await finished("doctor", environ=keys))[1]


async def test_who_signs_out_is_forgotten_and_told_what_spotify_keeps(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await signed_in(here)
        code, out, _ = await finished("logout", environ=here.environ)
        assert code == 0
        assert "Signed out" in out
        assert "spotify.com/account/apps" in out
        code, out, _ = await finished("logout", environ=here.environ)
        assert code == 0
        assert "Nobody was signed in" in out
        assert "nobody is signed in" in (await finished("doctor", environ=here.environ))[1]


async def test_a_browser_opens_by_itself_where_a_person_would_see_it(tmp_path: Path) -> None:
    """`BROWSER` names a program, as webbrowser has it; this one does what a person does."""
    script = tmp_path / "browser.py"
    script.write_text(
        "import sys, urllib.request\n"
        "page = urllib.request.urlopen(sys.argv[1])\n"
        "form = b'user=demo&decision=agree'\n"
        "urllib.request.urlopen(page.url, data=form).read()\n"
    )
    async with world(tmp_path) as here:
        seen = {**here.environ, "BROWSER": f"{sys.executable} {script} %s"}
        code, out, err = await finished("login", environ=seen)
        assert code == 0, err
        assert "You are Demo Listener (demo)." in out


async def _calls(here: World) -> list[str]:
    return [call["path"] for call in (await here.control("calls", "GET"))["calls"]]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
async def test_a_terminal_that_waits_for_a_paste_is_left_by_ctrl_c(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        async with world(tmp_path) as here:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "ops",
                "login",
                "--no-browser",
                env=here.environ,
                stdin=theirs,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            assert process.stdout is not None
            async with asyncio.timeout(20):
                while b"Paste it" not in await process.stdout.readline():
                    pass
                process.send_signal(signal.SIGINT)
                _, err = await process.communicate()
            assert process.returncode == 130
            assert b"Fatal" not in err
    finally:
        os.close(ours)
        os.close(theirs)


CALL = {
    "jsonrpc": "2.0",
    "id": 2,
    "method": "tools/call",
    "params": {
        "name": "spotify_library",
        "arguments": {"action": "tracks_get", "limit": 1},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    },
}


async def test_a_first_call_over_stdio_says_where_to_sign_in_and_the_next_one_works(tmp_path: Path) -> None:
    async with world(tmp_path) as here, running("stdio", environ=here.environ) as command:
        assert await refuses(here.redirect_uri), "nothing listens before it is needed"
        stdout = command.process.stdout
        assert stdout is not None

        async def ask() -> str:
            await command.type(orjson.dumps(CALL).decode())
            async with asyncio.timeout(20):
                answer = orjson.loads(await stdout.readline())
            return str(answer["result"]["content"][0]["text"])

        start = here.redirect_uri.replace("/callback", "/login")
        assert f"Open {start} in a browser" in await ask()
        assert f"Open {start} in a browser" in await ask()
        assert await _calls(here) == []
        page = await visited(await here.answer(await sent_to_spotify(start)))
        assert "You are signed in" in page.text
        assert "Loaded 1 saved track(s)" in await ask()
        code, out, _ = await command.end()
        assert code == 0
        assert out == "", "nothing but answers"
        assert await refuses(here.redirect_uri)


async def test_a_sign_out_elsewhere_ends_what_a_running_gateway_may_do(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await signed_in(here)
        async with running("serve", environ=here.environ) as gateway:
            base = (await gateway.until("listens on")).split()[-1]
            tracks = f"{base}/v1/me/tracks"
            assert (await visited(tracks)).status == 200
            assert (await finished("logout", environ=here.environ))[0] == 0
            async with asyncio.timeout(20):
                while (page := await visited(tracks)).status == 200:
                    await asyncio.sleep(0.2)
            assert page.status == 401
            assert here.redirect_uri.replace("/callback", "/login") in page.text
            assert (await signed_in_elsewhere(here, page.text))[0] == 200
            async with asyncio.timeout(20):
                while (await visited(tracks)).status != 200:
                    await asyncio.sleep(0.2)


async def signed_in_elsewhere(here: World, text: str) -> tuple[int, str]:
    """Follow the invitation in an answer, as a person does."""
    start = here.redirect_uri.replace("/callback", "/login")
    assert start in text
    page = await visited(await here.answer(await sent_to_spotify(start)))
    return page.status, page.text
