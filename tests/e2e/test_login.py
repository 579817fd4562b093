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
    sign_in,
    world,
)
from sign_in_rig import Page, get

SECRETS = ("demo-secret", "code=", "state=", "AQ", "BQ")


async def test_who_follows_the_address_is_signed_in_and_a_forged_redirect_is_not(tmp_path: Path) -> None:
    async with world(tmp_path) as here, running("login", environ=here.environ) as command:
        start = address_in(await command.until("Waiting for"))
        assert (await get(f"{here.redirect_uri}?code=evil&state=forged")).status == 400
        assert (await get(f"{here.redirect_uri}/other?code=evil&state=forged")).status == 404
        back = await here.answer(await sent_to_spotify(start))
        assert (await get(back)).status == 200
        code, out, err = await command.end()
        assert code == 0, err
        assert "You are Demo Listener (demo)." in out
        assert not any(secret in out + err for secret in SECRETS)
        assert await refuses(back)


async def test_ctrl_c_ends_it_at_once_and_frees_the_port(tmp_path: Path) -> None:
    async with world(tmp_path) as here, running("login", environ=here.environ) as command:
        await command.until("Waiting for")
        command.process.send_signal(signal.SIGINT)
        code, _, err = await command.end(closing=False)
        assert code == 130
        assert "Traceback" not in err
        assert await refuses(here.redirect_uri)


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
            async with asyncio.timeout(40):
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
            async with asyncio.timeout(40):
                answer = orjson.loads(await stdout.readline())
            return str(answer["result"]["content"][0]["text"])

        start = here.redirect_uri.replace("/callback", "/login")
        assert f"Open {start} in a browser" in await ask()
        assert f"Open {start} in a browser" in await ask()
        assert await _calls(here) == []
        page = await get(await here.answer(await sent_to_spotify(start)))
        assert "You are signed in" in page.text
        assert "Loaded 1 saved track(s)" in await ask()
        code, out, _ = await command.end()
        assert code == 0
        assert out == "", "nothing but answers"
        assert await refuses(here.redirect_uri)


async def eventually(address: str, status: int) -> Page:
    """Ask again and again until the answer has a status."""
    async with asyncio.timeout(40):
        while True:
            page = await get(address)
            if page.status == status:
                return page
            await asyncio.sleep(0.2)


async def test_a_sign_out_elsewhere_ends_what_a_running_gateway_may_do(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        assert (await sign_in(here)).code == 0
        async with running("serve", environ=here.environ) as gateway:
            base = (await gateway.until("listens on")).split()[-1]
            tracks = f"{base}/v1/me/tracks"
            assert (await get(tracks)).status == 200
            assert (await finished("logout", environ=here.environ))[0] == 0
            page = await eventually(tracks, 401)
            start = here.redirect_uri.replace("/callback", "/login")
            assert start in page.text
            assert (await get(await here.answer(await sent_to_spotify(start)))).status == 200
            await eventually(tracks, 200)
