import pytest
from multidict import CIMultiDict

from gateway.auth.bearer import OWN_PREFIXES
from gateway.callers import Door
from gateway.errors import CredentialError
from gateway.keys import KeyCallers, fingerprint, new_key
from gateway.principal import Principal

KEY = "fgk_" + "k" * 43
CALLERS = KeyCallers({"ada": fingerprint(KEY), "bob": fingerprint(new_key())})


def sent(*values: str) -> CIMultiDict[str]:
    return CIMultiDict([("Authorization", value) for value in values])


def test_a_new_key_is_unlike_any_other_and_looks_like_one_of_ours() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) == 47 and key.startswith("fgk_") and key.startswith(OWN_PREFIXES) for key in keys)


def test_a_fingerprint_is_what_the_settings_take() -> None:
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("door", Door)
async def test_who_has_a_key_calls_under_its_name_at_every_door(door: Door) -> None:
    headers = sent(f"bearer {KEY}")
    assert await CALLERS(headers, door) == Principal("key:ada")
    assert CALLERS.at_once(headers, door) == Principal("key:ada")


@pytest.mark.parametrize("values", [(), ("Basic YTpi",), (KEY,)])
async def test_who_sends_no_key_is_told_how_to_get_one(values: tuple[str, ...]) -> None:
    assert CALLERS.at_once(sent(*values), Door.MCP) is None
    with pytest.raises(CredentialError, match="fermata key NAME") as caught:
        await CALLERS(sent(*values), Door.MCP)
    assert caught.value.challenge == 'Bearer realm="fermata"'
    assert caught.value.status == 401


@pytest.mark.parametrize(
    "values",
    [
        (f"Bearer {KEY}x",),
        (f"Bearer {fingerprint(KEY)}",),
        ("Bearer ada",),
        ("Bearer",),
        ("Bearer ü",),
        (f"Bearer {KEY}", f"Bearer {KEY}"),
    ],
)
async def test_a_key_that_is_none_is_refused_and_not_repeated(values: tuple[str, ...]) -> None:
    assert CALLERS.at_once(sent(*values), Door.MCP) is None
    with pytest.raises(CredentialError) as caught:
        await CALLERS(sent(*values), Door.MCP)
    assert caught.value.challenge.startswith('Bearer realm="fermata", error="invalid_token", error_description="')
    assert KEY not in str(caught.value) + caught.value.challenge


def test_a_key_that_was_seen_before_opens_nothing_beside_another_credential() -> None:
    callers = KeyCallers({"ada": fingerprint(KEY)})
    good = f"Bearer {KEY}"
    assert callers.at_once(sent(good), Door.MCP) == callers.at_once(sent(good), Door.MCP) == Principal("key:ada")
    for values in ((good, good), (good, "Bearer x"), (good + "x",), (good[:-1],), ()):
        assert callers.at_once(sent(*values), Door.MCP) is None


def test_however_a_key_is_written_it_opens_and_only_some_ways_are_remembered() -> None:
    callers = KeyCallers({"ada": fingerprint(KEY)})
    for blanks in range(1, 50):
        header = sent(f"Bearer{' ' * blanks}{KEY}")
        assert callers.at_once(header, Door.REST) == callers.at_once(header, Door.REST) == Principal("key:ada")


def test_a_key_cannot_be_worth_more() -> None:
    assert CALLERS.challenge(Door.MCP, ["user-library-read"]) == ""
