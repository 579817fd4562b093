import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from ops import logs


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
