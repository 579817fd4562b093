"""Where a person is asked and shown things; nothing here keeps a process from ending while the person thinks."""

import asyncio
import os
import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, Protocol

_CHUNK_BYTES: Final = 4096


class Terminal(Protocol):
    """What a sign-in needs of whoever runs it."""

    def show(self, text: str) -> None:
        """Show a line."""
        ...

    def complain(self, text: str) -> None:
        """Show what went wrong."""
        ...

    def browse(self, address: str) -> bool:
        """Open `address` in a browser if this machine can show one; tell whether it was tried."""
        ...

    async def ask(self, question: str) -> str:
        """Return the line with which a question is answered; empty if no answer will ever come."""
        ...


class Console:
    """The terminal of the process.

    Args:
        show: Shows a line on standard output.
        environ: The environment, which tells of a display.
    """

    def __init__(self, show: Callable[[str], None], environ: Mapping[str, str]) -> None:
        self._show = show
        self._environ = environ
        self._typed = b""

    def show(self, text: str) -> None:
        """See `Terminal.show`."""
        self._show(text)

    def complain(self, text: str) -> None:
        """See `Terminal.complain`."""
        sys.stderr.write(f"fermata: {text}\n")

    def browse(self, address: str) -> bool:
        """See `Terminal.browse`."""
        if not has_display(self._environ, platform=sys.platform, interactive=sys.stdout.isatty()):
            return False
        # Some browsers hold whoever started them until they are closed.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        return True

    async def ask(self, question: str) -> str:
        """See `Terminal.ask`."""
        self._show(question)
        loop = asyncio.get_running_loop()
        line: asyncio.Future[str] = loop.create_future()

        def tell(text: str) -> None:
            if not line.done():
                line.set_result(text)

        def read() -> None:
            text = self._line_of(sys.stdin.fileno())
            # Who asked may have given up, and the loop with it.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(tell, text)

        threading.Thread(target=read, daemon=True).start()
        return await line

    def _line_of(self, source: int) -> str:
        # Not `sys.stdin`: Python cannot end while a thread waits in one of its buffered readers.
        while b"\n" not in self._typed:
            chunk = os.read(source, _CHUNK_BYTES)
            if not chunk:
                break
            self._typed += chunk
        # What was typed ahead answers the next question.
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode("utf-8", "replace").strip()


def has_display(environ: Mapping[str, str], *, platform: str, interactive: bool) -> bool:
    """Tell whether a browser that is started here is one that the person sees."""
    if environ.get("BROWSER"):
        return True
    if not interactive or environ.get("SSH_CONNECTION"):
        return False
    return platform in {"darwin", "win32"} or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
