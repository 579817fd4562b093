"""Fixtures that every test may use."""

from collections.abc import Iterator

import pytest

import redis_server as redis_of_tests


def pytest_report_header() -> str:
    """Say which Redis the tests will use."""
    return _which()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it again where people look at the end."""
    terminalreporter.write_line(_which())


def _which() -> str:
    server, origin = redis_of_tests.find()
    described = origin if server is None else f"{redis_of_tests.version(server)} {origin} ({server})"
    return f"redis-server: {described}"


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real Redis server that only the tests use; it holds nothing that must last."""
    with redis_of_tests.running(tmp_path_factory.mktemp("redis")) as url:
        yield url
