from collections.abc import Sequence

import pytest
from multidict import CIMultiDict, MultiMapping

from gateway.auth.bearer import OWN_PREFIXES
from gateway.auth.passing import PassThroughCallers
from gateway.callers import Door, LocalCallers
from gateway.errors import CredentialError
from gateway.keys import KeyCallers, fingerprint
from gateway.principal import LOCAL, Principal

KEY = "fgk_" + "k" * 43
KEYS = KeyCallers({"ada": fingerprint(KEY)})
THEIRS = Principal("bearer:1234")


def admit(token: str) -> Principal:
    assert not token.startswith(OWN_PREFIXES)
    return THEIRS


def sent(*values: str) -> CIMultiDict[str]:
    return CIMultiDict([("Authorization", value) for value in values])


class Asking:
    """Callers who are known only after a wait."""

    async def __call__(self, headers: MultiMapping[str], door: Door, *, below: str = "") -> Principal:  # noqa: ARG002 - as Callers
        del below
        return Principal("slow")

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:  # noqa: ARG002 - as Callers
        return None

    def challenge(self, door: Door, scopes: Sequence[str], *, below: str = "") -> str:
        del below
        return f"{door} {' '.join(scopes)}"


async def test_a_token_of_spotifys_is_its_owners_at_the_rest_door() -> None:
    callers = PassThroughCallers(KEYS, admit=admit)
    headers = sent("Bearer BQD-spotify_token")
    assert await callers(headers, Door.REST) == THEIRS
    assert callers.at_once(headers, Door.REST) == THEIRS


@pytest.mark.parametrize("door", [Door.MCP, Door.SSE])
async def test_a_token_of_spotifys_is_nothing_to_mcp(door: Door) -> None:
    callers = PassThroughCallers(KEYS, admit=admit)
    headers = sent("Bearer BQD-spotify_token")
    assert callers.at_once(headers, door) is None
    with pytest.raises(CredentialError):
        await callers(headers, door)


@pytest.mark.parametrize("door", Door)
async def test_a_gateway_key_stays_one(door: Door) -> None:
    callers = PassThroughCallers(KEYS, admit=admit)
    assert await callers(sent(f"Bearer {KEY}"), door) == Principal("key:ada")
    assert callers.at_once(sent(f"Bearer {KEY}"), door) == Principal("key:ada")


@pytest.mark.parametrize("prefix", OWN_PREFIXES)
async def test_what_this_gateway_issued_never_goes_to_spotify(prefix: str) -> None:
    callers = PassThroughCallers(KEYS, admit=admit)
    headers = sent(f"Bearer {prefix}{'x' * 43}")
    assert callers.at_once(headers, Door.REST) is None
    with pytest.raises(CredentialError):
        await callers(headers, Door.REST)


@pytest.mark.parametrize("values", [(), ("Basic YTpi",)])
async def test_in_the_local_mode_who_sends_no_token_is_the_local_user(values: tuple[str, ...]) -> None:
    callers = PassThroughCallers(LocalCallers(), admit=admit)
    assert await callers(sent(*values), Door.REST) == LOCAL
    assert callers.at_once(sent(*values), Door.REST) == LOCAL


@pytest.mark.parametrize(
    "values", [("Bearer a", "Bearer b"), ("Bearer a b",), ("Bearer",), ("Bearer " + "x" * 2049,)]
)
async def test_who_sends_a_token_badly_is_not_taken_for_the_local_user(values: tuple[str, ...]) -> None:
    callers = PassThroughCallers(LocalCallers(), admit=admit)
    assert callers.at_once(sent(*values), Door.REST) is None
    with pytest.raises(CredentialError) as caught:
        await callers(sent(*values), Door.REST)
    assert caught.value.challenge.startswith('Bearer error="invalid_token"')


async def test_all_else_is_the_inner_callers_business() -> None:
    callers = PassThroughCallers(Asking(), admit=admit)
    assert await callers(sent(), Door.REST) == Principal("slow")
    assert callers.at_once(sent(), Door.REST) is None
    assert callers.challenge(Door.REST, ["a", "b"]) == "/v1 a b"
