import pytest

from gateway.auth.scopes import SCOPES
from gateway.oauth.permissions import permissions


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_every_scope_has_its_words(scope: str) -> None:
    (one,) = permissions([scope])
    assert scope not in one.text
    assert one.title != "Other things"
    assert one.changes == ("modify" in scope or "upload" in scope)


def test_scopes_of_one_kind_are_one_line() -> None:
    (one,) = permissions(["playlist-read-private", "playlist-read-collaborative"])
    assert one.text == "Those that only you can see; those that you make together with others."


def test_a_scope_without_words_is_not_hidden() -> None:
    one, other = permissions(["user-read-email", "user-sell-house"])
    assert (other.text, other.changes) == ("User-sell-house.", True)
    assert one.title == "Who you are"
