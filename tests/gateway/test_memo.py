import asyncio
from typing import Any

import pytest

from gateway.client import SpotifyClient
from gateway.endpoint import Profile
from gateway.errors import NotFoundError, UnsupportedInProfileError
from gateway.memo import Memo
from gateway.principal import LOCAL, Principal
from gateway.steps import Reply
from pipeline import CountingTokens, ScriptedTransport, answer, new_client, refused
from virtual_time import run

A, B = "4cJPC6Y0d1ias1xK2lB9S2", "1301WleyT98MSxVHPZCA6M"
EVE = Principal("eve")
LONG_S = 8 * 24 * 3600.0
"""Nothing is kept that long."""


async def read(client: SpotifyClient, endpoint: str, *given: tuple[str, object], by: Principal = LOCAL) -> Memo:
    """Call, and return the memo of the call."""
    await client.call(endpoint, given, principal=by)
    memo = client.memo(endpoint, given, principal=by)
    assert memo is not None
    return memo


def signed_in(transport: ScriptedTransport, **extra: Any) -> SpotifyClient:
    return new_client(transport, users={LOCAL: CountingTokens(), EVE: CountingTokens(number=100)}, **extra)


def test_a_glance_finds_what_a_call_would_answer_and_nothing_past_its_time() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"id": A}))
        client = new_client(transport)
        memo = await read(client, "get-track", ("id", A))
        await asyncio.sleep(7)
        assert client.glance(memo) == Reply(body=b'{"id":"%s"}' % A.encode(), cache="hit", age_s=7.0)
        assert client.glance(memo) == await client.call("get-track", [("id", A)], principal=LOCAL)
        await asyncio.sleep(LONG_S)
        assert client.glance(memo) is None
        assert len(transport.sent) == 1

    run(main())


def test_a_memo_of_one_principal_shows_nothing_that_another_read() -> None:
    async def main() -> None:
        client = signed_in(ScriptedTransport(lambda *_: answer({"items": []})))
        mine = await read(client, "get-users-saved-tracks")
        hers = client.memo("get-users-saved-tracks", [], principal=EVE)
        assert hers is not None
        assert client.glance(hers) is None
        assert client.glance(mine) is not None

    run(main())


def test_a_memo_of_somebody_who_is_not_signed_in_shows_nothing() -> None:
    async def main() -> None:
        client = signed_in(ScriptedTransport(lambda *_: answer({"items": []})))
        await read(client, "get-users-saved-tracks")
        memo = client.memo("get-users-saved-tracks", [], principal=Principal("nobody"))
        assert memo is not None
        assert client.glance(memo) is None

    run(main())


def test_a_write_hides_what_its_owner_read_before_and_nobody_elses() -> None:
    async def main() -> None:
        client = signed_in(ScriptedTransport(lambda *_: answer({"items": []})), profile=Profile.EXTENDED_LEGACY)
        mine = await read(client, "get-users-saved-tracks")
        hers = await read(client, "get-users-saved-tracks", by=EVE)
        track = await read(client, "get-track", ("id", A))
        await client.call("save-tracks-user", [("ids", [B])], principal=LOCAL)
        assert client.glance(mine) is None
        assert client.glance(hers) is not None
        assert client.glance(track) is not None
        await client.call("get-users-saved-tracks", [], principal=LOCAL)
        assert client.glance(mine) is not None

    run(main())


def test_what_has_gone_since_is_left_to_a_call() -> None:
    async def main() -> None:
        gone = False
        transport = ScriptedTransport(lambda *_: refused(404, "gone") if gone else answer({"id": A}))
        client = new_client(transport)
        memo = await read(client, "get-track", ("id", A))
        gone = True
        await asyncio.sleep(LONG_S)
        for _ in range(2):
            with pytest.raises(NotFoundError):
                await client.call("get-track", [("id", A)], principal=LOCAL)
            assert client.glance(memo) is None
        assert len(transport.sent) == 2

    run(main())


def test_what_the_app_turns_out_to_lack_is_left_to_a_call() -> None:
    async def main() -> None:
        lost = False

        client = new_client(
            ScriptedTransport(lambda *_: refused(403, "Forbidden") if lost else answer({})), profile=Profile.AUTO
        )
        memo = await read(client, "get-new-releases", ("limit", 1))
        assert client.glance(memo) is not None
        lost = True
        with pytest.raises(UnsupportedInProfileError):
            await client.call("get-new-releases", [("limit", 2)], principal=LOCAL)
        assert client.glance(memo) is None
        assert client.memo("get-new-releases", [("limit", 1)], principal=LOCAL) is None

    run(main())


@pytest.mark.parametrize(
    ("endpoint", "given", "profile"),
    [
        ("get-several-tracks", {"ids": f"{A},{B}"}, Profile.DEVELOPMENT),
        ("search", {"q": "x", "type": "track", "limit": 50}, Profile.DEVELOPMENT),
        ("get-playlist", {"playlist_id": A, "fields": "tracks"}, Profile.DEVELOPMENT),
        ("get-list-users-playlists", {"user_id": "me"}, Profile.DEVELOPMENT),
        ("get-audio-features", {"id": A}, Profile.DEVELOPMENT),
        ("save-tracks-user", {"ids": A}, Profile.EXTENDED_LEGACY),
        ("pause-a-users-playback", {}, Profile.EXTENDED),
    ],
)
def test_there_is_no_memo_of_what_is_not_one_plain_read(
    endpoint: str, given: dict[str, Any], profile: Any
) -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(lambda *_: answer({})), profile=profile)
        assert client.memo(endpoint, given.items(), principal=LOCAL) is None

    run(main())
