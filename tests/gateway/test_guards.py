from http import HTTPStatus
from typing import Any

import pytest

from gateway.guards import Guard

GUARD = Guard(hosts=frozenset({"127.0.0.1", "::1", "music.example"}), origins=frozenset({"https://app.example"}))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "[::1]:8080", "MUSIC.example"])
def test_its_own_hosts_are_welcome_whatever_the_port(host: str) -> None:
    assert GUARD.objection(host, None) is None


@pytest.mark.parametrize(
    "host", [None, "", "evil.example", "127.0.0.1.evil.example", "[", "a b", "127.0.0.1@evil"]
)
def test_any_other_host_is_misdirected(host: str | None) -> None:
    objection = GUARD.objection(host, None)
    assert objection is not None
    assert objection.status == HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize("host", ["192.168.1.5:8080", "[fd00::5]", "10.0.0.5"])
def test_a_gateway_on_all_networks_answers_by_every_address_and_by_no_foreign_name(host: str) -> None:
    everywhere = Guard(addresses=True)
    assert GUARD.objection(host, None) is not None
    assert everywhere.objection(host, None) is None
    for name in ("evil.example", "192.168.1.5.evil.example", "[", "", None):
        assert everywhere.objection(name, None) is not None
    # Not for pages: that one is here and the other there tells nothing of who made the page.
    assert everywhere.objection(host, f"http://{host}") is not None
    assert everywhere.objection(host, "http://localhost:3000") is not None


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://[::1]", "https://APP.example"])
def test_pages_of_this_machine_and_listed_ones_are_welcome(origin: str) -> None:
    assert GUARD.objection("127.0.0.1:8080", origin) is None


@pytest.mark.parametrize(
    "origin", ["null", "", "https://evil.example", "http://127.0.0.1.evil.example", "file://localhost", "http://["]
)
def test_any_other_page_is_forbidden(origin: str) -> None:
    objection = GUARD.objection("127.0.0.1:8080", origin)
    assert objection is not None
    assert objection.status == HTTPStatus.FORBIDDEN


def test_a_page_of_the_visitors_machine_means_nothing_to_a_public_host() -> None:
    assert GUARD.objection("music.example", "http://localhost:3000") is not None


@pytest.mark.parametrize(
    "weak",
    [
        {"hosts": frozenset()},
        {"hosts": frozenset({"LOCALHOST"})},
        {"origins": frozenset({"*"})},
        {"origins": frozenset({"https://App.example"})},
    ],
)
def test_a_guard_that_would_never_or_always_match_cannot_be_made(weak: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"hosts|origins"):
        Guard(**weak)
