"""Who stands at the door of the mirror: what each may have, and what those without a credential are told."""

import orjson
import pytest

from gateway.principal import Principal
from lanes import TRACK, Lanes, ask, lanes
from limiter.inbound import InboundConfig
from named_callers import NamedCallers
from pipeline import CountingTokens, answer
from raw_http import RawAnswer, request

ADA, BOB = Principal("ada"), Principal("bob")
SAVED, PUBLIC = "/v1/me/tracks", f"/v1/tracks/{TRACK}"


def guests(*, prompt: bool = True) -> NamedCallers:
    return NamedCallers({"ada": ADA, "bob": BOB, "nobody": Principal("nobody")}, prompt=prompt)


async def reads(pair: Lanes, name: str, target: str = SAVED, times: int = 3) -> list[RawAnswer]:
    """Read so often that the last answer would take the express lane."""
    return await ask(pair.express, *[request(target, ("Authorization", f"Bearer {name}"))] * times)


def twice_signed_in() -> dict[Principal, CountingTokens]:
    return {ADA: CountingTokens(100), BOB: CountingTokens(200)}


async def test_a_caller_is_never_answered_with_what_another_has_read() -> None:
    async with lanes(callers=guests(), users=twice_signed_in()) as pair:
        for name in ("ada", "bob", "ada"):
            await reads(pair, name)
        assert pair.transport.tokens == ["Bearer t100", "Bearer t200"]
        (stranger,) = await reads(pair, "nobody", times=1)
        assert stranger.status == 401
        assert orjson.loads(stranger.body)["error"]["reason"] == "SIGN_IN_NEEDED"


async def test_what_is_everybodys_is_read_once_for_all() -> None:
    async with lanes(callers=guests(), users=twice_signed_in()) as pair:
        first, *_ = await reads(pair, "ada", PUBLIC)
        assert [one["X-Cache"] for one in await reads(pair, "bob", PUBLIC)] == ["HIT"] * 3
        assert len(pair.transport.sent) == 1
        assert first.status == 200


@pytest.mark.parametrize("prompt", [True, False])
async def test_whoever_has_no_credential_is_told_which_one_on_every_try(*, prompt: bool) -> None:
    async with lanes(callers=guests(prompt=prompt), users=twice_signed_in()) as pair:
        await reads(pair, "ada", PUBLIC)
        for refusal in await reads(pair, "eve", PUBLIC):
            assert refusal.status == 401
            assert refusal["WWW-Authenticate"] == 'Bearer realm="/v1"'
            assert orjson.loads(refusal.body)["error"]["message"] == "Say who you are"
        assert len(pair.transport.sent) == 1


async def test_a_credential_that_has_to_be_looked_up_goes_past_the_express_lane() -> None:
    async with lanes(callers=guests(prompt=False), users=twice_signed_in()) as pair:
        assert [one.status for one in await reads(pair, "ada", PUBLIC, times=4)] == [200] * 4
        assert len(pair.passed) == 4


async def test_each_caller_has_a_pace_of_its_own() -> None:
    inbound = InboundConfig(per_s=0.001, burst=3, wait_s=0)
    async with lanes(callers=guests(), users=twice_signed_in(), inbound=inbound) as pair:
        assert [one.status for one in await reads(pair, "ada", PUBLIC, times=5)] == [200, 200, 200, 429, 429]
        assert [one.status for one in await reads(pair, "bob", PUBLIC, times=3)] == [200] * 3


async def test_a_credential_that_allows_too_little_is_told_what_it_lacks() -> None:
    narrow = Principal("ada", scopes=frozenset({"user-read-private"}))
    callers = NamedCallers({"ada": narrow})
    async with lanes(lambda *_: answer({"items": []}), callers=callers, users={narrow: CountingTokens()}) as pair:
        (refusal,) = await reads(pair, "ada", times=1)
        assert refusal.status == 403
        expected = 'Bearer error="insufficient_scope", scope="user-library-read", realm="/v1"'
        assert refusal["WWW-Authenticate"] == expected
        assert orjson.loads(refusal.body)["error"]["reason"] == "SCOPE_MISSING"
        assert pair.transport.sent == []


async def test_what_is_open_to_all_asks_nobody() -> None:
    async with lanes(callers=guests()) as pair:
        (missing,) = await ask(pair.express, request("/elsewhere"))
        assert missing.status == 404
