import asyncio
import os
import re
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from ops.bootstrap import VERSION
from sign_in_rig import redirect_uri

CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("SPOTIFY_", "FERMATA_", "RATE_LIMIT_"))
}
APP = {"SPOTIFY_CLIENT_ID": "demo-client", "SPOTIFY_CLIENT_SECRET": "demo-secret"}


@asynccontextmanager
async def fermata(*arguments: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ops",
        *arguments,
        env=CLEAN | {"PORT": "0"} | environ,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def finished(*arguments: str, **environ: str) -> tuple[int | None, str, str]:
    async with fermata(*arguments, **environ) as process:
        out, err = await asyncio.wait_for(process.communicate(), timeout=20)
        return process.returncode, out.decode(), err.decode()


async def read_until(process: asyncio.subprocess.Process, text: str) -> str:
    assert process.stdout is not None
    seen = ""
    async with asyncio.timeout(20):
        while text not in seen:
            line = await process.stdout.readline()
            assert line, f"ended before it said {text!r}: {seen}"
            seen += line.decode()
    return seen


async def shell(command: str) -> str:
    process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), timeout=20)
    return out.decode()


async def test_every_command_that_the_demo_prints_works_as_printed() -> None:
    async with fermata("demo") as process:
        welcome = await read_until(process, "Ctrl-C")
        rest, mcp, metrics = re.findall(r"^ {5}(curl .*?)\n\n", welcome, flags=re.MULTILINE | re.DOTALL)
        assert '"name":"Paper Lanterns"' in await shell(rest)
        assert "X-Cache: HIT" in await shell(rest)
        result = orjson.loads(await shell(mcp))["result"]
        assert result["structuredContent"]["summary"] == {"ok": 2, "failed": 0}
        assert 'fermata_upstream_calls_total{endpoint="search",outcome="200"} 3.0' in await shell(metrics)
        health = re.findall(r"http://\S+:\d+", rest)[0] + "/health"
        assert orjson.loads(await shell(f"curl -s {shlex.quote(health)}")) == {"live": True, "ready": True}
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), timeout=10) == 0


async def test_the_demo_with_keys_brings_a_key_and_a_page_to_sign_in() -> None:
    async with fermata("demo", AUTH_MODE="keys") as process:
        welcome = await read_until(process, "Ctrl-C")
        with_key, without = re.findall(r"^ {5}(curl .*)$", welcome, flags=re.MULTILINE)
        assert "SIGN_IN_NEEDED" in await shell(with_key)
        assert "WWW-Authenticate: Bearer" in await shell(without)
        page = re.findall(r"Open (\S+/login) ", welcome)[0]
        assert "Sign in with your gateway key" in await shell(f"curl -s {page}")


async def test_the_demo_with_oauth_lets_in_who_has_nothing_but_the_address() -> None:
    async with fermata("demo", AUTH_MODE="oauth") as process:
        welcome = await read_until(process, "Ctrl-C")
        without, described = re.findall(r"^ {5}(curl .*)$", welcome, flags=re.MULTILINE)
        assert "resource_metadata=" in await shell(without)
        server = orjson.loads(await shell(described))
        assert server["registration_endpoint"].startswith(server["issuer"])
        assert re.findall(r"(http\S+)/mcp ", welcome)[0] == server["issuer"]


async def test_a_request_in_flight_survives_the_signal_to_stop() -> None:
    async with fermata("simulator", "--port", "0", "--faults", "delay:delay_s=1") as simulator:
        spotify = re.findall(r"SPOTIFY_ACCOUNTS_URL=(\S+)", await read_until(simulator, "_simulator"))[0]
        upstream = {"SPOTIFY_API_URL": f"{spotify}/v1", "SPOTIFY_ACCOUNTS_URL": spotify}
        async with fermata("serve", **APP, **upstream) as gateway:
            base = (await read_until(gateway, "listens on")).split()[-1]
            call = asyncio.create_task(shell(f"curl -s '{base}/v1/search?q=paper+lanterns&type=track'"))
            await asyncio.sleep(0.4)
            gateway.send_signal(signal.SIGTERM)
            assert "Paper Lanterns" in await call
            assert await asyncio.wait_for(gateway.wait(), timeout=10) == 0


async def test_wrong_settings_are_listed_and_nothing_starts() -> None:
    code, out, err = await finished("serve", PORT="x", RATE_LIMIT_CALLS="0")
    assert code == 2
    assert out == ""
    for name in ("PORT", "RATE_LIMIT_CALLS", "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"):
        assert f"  {name}: " in err
    assert "Traceback" not in err


async def test_a_taken_port_is_named_with_the_setting_that_changes_it() -> None:
    async with fermata("demo") as first:
        port = re.findall(r":(\d+)/v1", await read_until(first, "Ctrl-C"))[0]
        code, _, err = await finished("demo", PORT=port)
        assert code == 2
        assert f"Port {port} is taken" in err
        assert "PORT" in err


async def test_check_config_shows_everything_but_secrets() -> None:
    code, out, _ = await finished("check-config", **APP)
    assert code == 0
    assert "RATE_LIMIT_CALLS=30" in out
    assert "demo-secret" not in out


async def test_doctor_asks_for_a_token_and_spends_no_quota(tmp_path: Path) -> None:
    async with fermata("simulator", "--port", "0") as simulator:
        spotify = re.findall(r"SPOTIFY_ACCOUNTS_URL=(\S+)", await read_until(simulator, "_simulator"))[0]
        upstream = {"SPOTIFY_API_URL": f"{spotify}/v1", "SPOTIFY_ACCOUNTS_URL": spotify}
        upstream |= {"DATA_DIR": str(tmp_path), "SPOTIFY_REDIRECT_URI": redirect_uri()}
        code, out, _ = await finished("doctor", **APP, **upstream)
        assert code == 0, out
        assert "FAIL" not in out
        assert "user: nobody is signed in; for library, playlists and player run `fermata login`" in out
        _, out, _ = await finished("doctor", **APP, **upstream, FERMATA_REFRESH_TOKEN="t0ken")
        assert "is signed in, by FERMATA_REFRESH_TOKEN" in out
        code, out, _ = await finished("doctor", **APP | {"SPOTIFY_CLIENT_SECRET": "wr0ng"}, **upstream)
        assert code == 1
        assert "check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET" in out
        assert "wr0ng" not in out
        calls = orjson.loads(await shell(f"curl -s {spotify}/_simulator/calls"))["calls"]
        assert {call["path"] for call in calls} == {"/api/token"}


async def test_doctor_lists_what_is_missing() -> None:
    code, out, _ = await finished("doctor")
    assert code == 1
    assert "SPOTIFY_CLIENT_ID: is missing" in out


@pytest.mark.parametrize("faults", ["nonsense", "429:colour=red"])
async def test_a_fault_that_the_simulator_does_not_know_is_explained(faults: str) -> None:
    code, _, err = await finished("simulator", "--faults", faults)
    assert code == 2
    assert "write KIND:option=value" in err
    assert "Traceback" not in err


async def test_the_simulator_is_told_where_logins_may_end() -> None:
    wishes = ("--redirect-uri", "http://127.0.0.1/a", "--redirect-uri", "https://b.example/", "--rotate")
    async with fermata("simulator", "--port", "0", *wishes) as simulator:
        spotify = re.findall(r"SPOTIFY_ACCOUNTS_URL=(\S+)", await read_until(simulator, "_simulator"))[0]
        settings = orjson.loads(await shell(f"curl -s {spotify}/_simulator"))
    assert settings["redirect_uris"] == ["http://127.0.0.1/a", "https://b.example/"]
    assert settings["rotate_refresh_tokens"] is True
    code, _, err = await finished("simulator", "--redirect-uri", "http://localhost:8888/callback")
    assert (code, "localhost is not allowed" in err, "Traceback" in err) == (2, True, False)


async def test_the_version_is_the_packages() -> None:
    assert (await finished("--version"))[1] == f"fermata {VERSION}\n"


async def test_stdout_of_stdio_carries_nothing_but_mcp() -> None:
    async with fermata("stdio", "--demo", LOG_LEVEL="DEBUG") as process:
        message = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
        out, _ = await asyncio.wait_for(process.communicate(message), timeout=20)
    lines = out.splitlines()
    assert lines
    assert all(orjson.loads(line)["jsonrpc"] == "2.0" for line in lines)
