import pytest
from multidict import CIMultiDict

from gateway.auth.bearer import BearerError, bearer_challenge, read_bearer


def sent(*values: str) -> CIMultiDict[str]:
    return CIMultiDict([("authorization", value) for value in values])


@pytest.mark.parametrize(
    ("value", "token"),
    [
        ("Bearer abc", "abc"),
        ("bEaReR   abc ", "abc"),
        ("Bearer a-b._~+/c==", "a-b._~+/c=="),
        ("Bearer " + "x" * 2048, "x" * 2048),
    ],
)
def test_a_token_is_read(value: str, token: str) -> None:
    assert read_bearer(sent(value)) == token


@pytest.mark.parametrize("values", [(), ("",), ("Basic YTpi",), ("Bearerabc",), ("Digest a b",)])
def test_what_is_of_another_scheme_is_no_token(values: tuple[str, ...]) -> None:
    assert read_bearer(sent(*values)) == ""


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer a,b",
        "Bearer a\tb",
        "Bearer a\x00",
        "Bearer a\n",
        "Bearer é",
        'Bearer "a"',
        "Bearer =a",
        "Bearer " + "x" * 2049,
    ],
)
def test_what_cannot_be_a_token_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(BearerError) as caught:
        read_bearer(sent(value))
    assert value not in str(caught.value)


def test_several_headers_are_refused_even_if_they_agree() -> None:
    with pytest.raises(BearerError, match="once"):
        read_bearer(sent("Bearer a", "Bearer a"))


def test_a_challenge_has_what_it_was_given_and_nothing_empty() -> None:
    assert (
        bearer_challenge(error="invalid_token", scope="", realm="a b")
        == 'Bearer error="invalid_token", realm="a b"'
    )


@pytest.mark.parametrize("value", ['a"b', "a\\", "a\r\nb", "a\n", "\x7f", "é"])
def test_nothing_gets_into_a_challenge_that_would_have_to_be_escaped(value: str) -> None:
    with pytest.raises(ValueError, match="realm"):
        bearer_challenge(realm=value)
