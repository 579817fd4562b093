"""Drives the machine's own Chromium, without a window, by the WebDriver protocol."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientConnectionError, ClientSession, ClientTimeout
from aiohttp.test_utils import unused_port

_BROWSER = shutil.which("chromium")
_DRIVER = shutil.which("chromedriver")
MISSING = not _BROWSER or not _DRIVER
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_S = 30
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element's id, as the protocol has it."""


class Chromium:
    """A browser with one window at first; what fails raises `AssertionError` with the driver's words."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    async def call(self, method: str, path: str, **fields: Any) -> Any:
        """Send a command of the protocol, and return its value."""
        body = fields if method == "POST" else None
        async with self._session.request(method, f"{self._base}{path}", json=body) as response:
            value = (await response.json())["value"]
            assert response.status == 200, value
            return value

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self.call("POST", "/url", url=url)

    async def press(self, text: str) -> None:
        """Press the button with that text."""
        found = await self.call("POST", "/element", using="xpath", value=f"//button[.='{text}']")
        await self.call("POST", f"/element/{found[_ELEMENT]}/click")

    async def run(self, script: str, *given: str) -> Any:
        """Run a script in the page, which finds what is `given` in `arguments`, and return what it returns."""
        return await self.call("POST", "/execute/sync", script=script, args=given)

    async def forget(self) -> None:
        """Delete all cookies that the page has: those of its path and its host, at every port."""
        await self.call("DELETE", "/cookie")

    async def arrived(self, start: str) -> str:
        """Return the address of the page, as soon as it begins with `start`."""
        url = ""
        for _ in range(_PATIENCE_S * 20):
            url = str(await self.call("GET", "/url"))
            if url.startswith(start):
                return url
            await asyncio.sleep(0.05)
        raise AssertionError(f"still at {url}")

    async def complaints(self) -> list[str]:
        """Return what the browser has said in its console since the last time."""
        return [entry["message"] for entry in await self.call("POST", "/se/log", type="browser")]


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Chromium]:
    """Start a browser that keeps what it has in `profile`, and end it."""
    assert _BROWSER is not None
    assert _DRIVER is not None
    port = unused_port()
    quiet = asyncio.subprocess.DEVNULL
    driver = await asyncio.create_subprocess_exec(_DRIVER, f"--port={port}", stdout=quiet, stderr=quiet)
    try:
        async with ClientSession(timeout=ClientTimeout(_PATIENCE_S)) as session:
            base = f"http://127.0.0.1:{port}"
            await asyncio.wait_for(_ready(session, base), _PATIENCE_S)
            options = {"binary": _BROWSER, "args": [*_OPTIONS, f"--user-data-dir={profile}"]}
            wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
            begun = await Chromium(session, base).call("POST", "/session", capabilities={"alwaysMatch": wanted})
            browser = Chromium(session, f"{base}/session/{begun['sessionId']}")
            try:
                yield browser
            finally:
                await browser.call("DELETE", "")
    finally:
        driver.terminate()
        await driver.wait()


async def _ready(session: ClientSession, base: str) -> None:
    while True:
        try:
            async with session.get(f"{base}/status") as response:
                if (await response.json())["value"]["ready"]:
                    return
        except ClientConnectionError:
            await asyncio.sleep(0.05)
