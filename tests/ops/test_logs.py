import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from aiohttp import web

from ops import logs
from ops.serve import listening


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def logged(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_level_and_time() -> None:
    stream = io.StringIO()
    logs.configure("INFO", style="json", stream=stream)
    structlog.stdlib.get_logger("fermata").info("gateway.started", port=8080)
    structlog.stdlib.get_logger("fermata").debug("unseen")
    (line,) = logged(stream)
    assert line.pop("timestamp")
    assert line == {"event": "gateway.started", "level": "info", "port": 8080}


def test_secrets_are_masked_wherever_they_stand() -> None:
    stream = io.StringIO()
    logs.configure("INFO", style="json", stream=stream, secrets=("hush",))
    structlog.stdlib.get_logger("fermata").info(
        "x",
        access_token="abc",
        headers={"Authorization": "Bearer abcdef", "Accept": "*/*"},
        note="sent Bearer abcdef0123 to them",
        parts=["it is hush", {"client_secret": "hush"}],
        status=200,
    )
    logging.getLogger("some.library").warning("Basic aWQ6aHVzaA== and hush")
    text = stream.getvalue()
    for secret in ("abc", "hush", "aWQ6aHVzaA"):
        assert secret not in text
    assert logged(stream)[0]["status"] == 200
    assert logged(stream)[0]["headers"] == {"Authorization": "[redacted]", "Accept": "*/*"}


@pytest.mark.parametrize("secret", ["fgk_", "fat_", "frt_", "BQ", "AQ"])
def test_keys_and_tokens_are_known_by_their_beginnings(secret: str) -> None:
    stream = io.StringIO()
    logs.configure("INFO", style="json", stream=stream)
    rest = "x9-_" * 12
    structlog.stdlib.get_logger("fermata").info("x", note=f"failed with {secret}{rest}, see {secret}")
    assert rest not in stream.getvalue()
    assert logged(stream)[0]["note"] == f"failed with {secret}[redacted], see {secret}"


def test_a_stack_is_logged_without_the_secrets_in_it() -> None:
    stream = io.StringIO()
    logs.configure("INFO", style="json", stream=stream, secrets=("hush",))
    try:
        int("hush")
    except ValueError:
        structlog.stdlib.get_logger("fermata").exception("failed")
    assert "ValueError" in stream.getvalue()
    assert "hush" not in stream.getvalue()


def test_a_terminal_gets_text_and_everything_else_json() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        logs.configure("INFO", style="auto", stream=stream)
        structlog.stdlib.get_logger("fermata").info("hello")
    assert not terminal.getvalue().startswith("{")
    assert pipe.getvalue().startswith("{")


@pytest.mark.parametrize(
    "broken",
    [
        "GET / HTTP/1.1\r\nHost: x\r\nCookie: a=hush-hush\x01\r\n\r\n",
        "GET /?hush-hush HTTP/x\r\n\r\n",
        "hush-hush / HTTP/1.1\r\n\r\n",
        f"GET /{'hush-hush' * 10_000} HTTP/1.1\r\n\r\n",
    ],
)
async def test_a_request_that_is_no_http_is_told_of_and_not_quoted(broken: str) -> None:
    stream = io.StringIO()
    logs.configure("DEBUG", style="json", stream=stream)
    async with listening(web.Application(), "127.0.0.1", port=0) as base:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
        writer.write(broken.encode())
        assert b" 400 " in await asyncio.wait_for(reader.readline(), 10)
        writer.close()
    (line,) = [line for line in logged(stream) if "Error handling request from 127.0.0.1: " in str(line["event"])]
    assert "hush" not in stream.getvalue()
    assert "exception" not in line
