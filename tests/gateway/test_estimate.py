"""A dry run: what it says is what a real call then does, and it leaves no trace."""

import asyncio
from typing import Any

import pytest
from yarl import URL

from gateway.client import SpotifyClient
from gateway.endpoint import Profile
from gateway.errors import InvalidArgumentsError, UnauthorisedError, UnsupportedInProfileError
from gateway.estimate import Estimate
from gateway.principal import LOCAL
from gateway.transport import Response
from pipeline import CountingTokens, ScriptedTransport, answer, new_client, refused
from virtual_time import run

A, B = "4cJPC6Y0d1ias1xK2lB9S2", "1301WleyT98MSxVHPZCA6M"
SEARCH = [("q", "x"), ("type", "track"), ("limit", 50)]


def pages(_: str, url: str) -> Response:
    offset = int(URL(url).query.get("offset", "0"))
    items = [{"id": number} for number in range(offset, min(offset + 10, 25))]
    return answer({"tracks": {"href": url, "items": items, "total": 25}})


def everything(method: str, url: str) -> Response:
    if method != "GET":
        return Response(204, {}, b"")
    if "search" in url:
        return pages(method, url)
    ids = URL(url).query.get("ids", "").split(",")
    found = [{"id": one} for one in ids]
    return answer({"id": "me", "items": [], "tracks": found, "albums": found})


def dry(client: SpotifyClient, endpoint: str, deadline_s: float | None = None, /, **arguments: object) -> Estimate:
    return client.estimate([(endpoint, list(arguments.items()))], principal=LOCAL, deadline_s=deadline_s)


def signed_in(transport: ScriptedTransport, **options: Any) -> SpotifyClient:
    return new_client(transport, users={LOCAL: CountingTokens()}, **options)


def test_nothing_is_sent() -> None:
    async def main() -> None:
        transport = ScriptedTransport(everything)
        client = signed_in(transport)
        for _ in range(3):
            assert dry(client, "get-track", id=A)["upstream_calls"] == 1
            assert dry(client, "pause-a-users-playback")["upstream_calls"] == 1
        assert transport.sent == []

    run(main())


CALLS: list[tuple[Profile, str, dict[str, object]]] = [
    (Profile.EXTENDED, "get-track", {"id": A}),
    (Profile.EXTENDED, "get-several-tracks", {"ids": [A, B]}),
    (Profile.EXTENDED, "get-multiple-albums", {"ids": [f"{number:022}" for number in range(20)]}),
    (Profile.AUTO, "get-several-tracks", {"ids": [A, B]}),
    (Profile.DEVELOPMENT, "get-several-tracks", {"ids": [A, B]}),
    (Profile.DEVELOPMENT, "get-several-tracks", {"ids": [A, A, B]}),
    (Profile.DEVELOPMENT, "search", dict(SEARCH)),
    (Profile.AUTO, "search", dict(SEARCH)),
    (Profile.DEVELOPMENT, "save-tracks-user", {"ids": [f"{number:022}" for number in range(50)]}),
    (Profile.DEVELOPMENT, "get-users-profile", {"user_id": "me"}),
    (Profile.EXTENDED, "pause-a-users-playback", {}),
]


@pytest.mark.parametrize(("profile", "endpoint", "arguments"), CALLS)
def test_a_real_call_costs_no_more_than_was_said_and_then_nothing(
    profile: Profile, endpoint: str, arguments: dict[str, object]
) -> None:
    async def main() -> None:
        transport = ScriptedTransport(everything)
        client = signed_in(transport, profile=profile)
        said = dry(client, endpoint, **arguments)
        await client.call(endpoint, arguments.items(), principal=LOCAL)
        assert 1 <= len(transport.sent) <= said["upstream_calls"]
        again = dry(client, endpoint, **arguments)
        if transport.sent[0][1].endswith(("pause", "library")) or "library?" in transport.sent[0][1]:
            assert again["upstream_calls"] == said["upstream_calls"]
        else:
            assert (again["upstream_calls"], again["wait_s"], again["done_s"]) == (0, 0.0, 0.0)
            assert again["cached"] >= len(transport.sent)
            assert again["message"] == "Nothing was sent. The cache has all of it: no call, no wait."

    run(main())


def test_an_unknown_profile_is_told_at_its_worst() -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(everything), profile=Profile.AUTO)
        # One call finds out that the app takes no page of fifty; five pages of ten follow.
        assert dry(client, "search", **dict(SEARCH))["upstream_calls"] == 6

    run(main())


def test_a_dry_run_tells_of_calls_and_not_of_ids_where_calls_are_shared() -> None:
    async def main() -> None:
        ids = [f"{number:022}" for number in range(50)]
        costs = {Profile.EXTENDED: 1, Profile.DEVELOPMENT_LEGACY: 1, Profile.DEVELOPMENT: 50, Profile.AUTO: 51}
        for profile, cost in costs.items():
            client = new_client(ScriptedTransport(everything), profile=profile)
            assert dry(client, "get-several-tracks", ids=ids)["upstream_calls"] == cost
            # Of an unknown profile, one answer tells.
            reply = await client.call("get-several-tracks", [("ids", ids[:2])], principal=LOCAL)
            assert reply.upstream_calls == (2 if profile is Profile.DEVELOPMENT else 1)
            again = dry(client, "get-several-tracks", ids=ids)
            assert (again["upstream_calls"], again["cached"]) == (48 if profile is Profile.DEVELOPMENT else 1, 2)

    run(main())


def test_reads_of_different_queries_do_not_share_a_call() -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(everything))
        markets = [("get-track", [("id", A), ("market", market)]) for market in ("US", "DE", "FR")]
        assert client.estimate(markets, principal=LOCAL)["upstream_calls"] == 3
        kinds = [("get-track", [("id", A)]), ("get-an-album", [("id", A)]), ("get-track", [("id", B)])]
        assert client.estimate(kinds, principal=LOCAL)["upstream_calls"] == 2

    run(main())


def test_what_the_first_page_says_makes_the_estimate_exact() -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(everything), profile=Profile.DEVELOPMENT)
        assert dry(client, "search", **dict(SEARCH))["upstream_calls"] == 5
        await client.call("search", [*SEARCH[:2], ("limit", 10)], principal=LOCAL)
        again = dry(client, "search", **dict(SEARCH))
        assert (again["upstream_calls"], again["cached"]) == (2, 1)
        assert again["message"].startswith("Nothing was sent. It would cost at most 2 calls; 1 more is cached. ")

    run(main())


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([A], "Nothing was sent. It would cost at most 1 call. It may leave at once."),
        ([A, B], "Nothing was sent. It would cost at most 2 calls. All may leave at once."),
    ],
)
def test_what_need_not_wait_is_said_in_few_words(ids: list[str], message: str) -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(everything), profile=Profile.DEVELOPMENT)
        assert dry(client, "get-several-tracks", ids=ids)["message"] == message

    run(main())


def test_waits_are_told_and_whether_they_fit() -> None:
    async def main() -> None:
        transport = ScriptedTransport(everything)
        client = new_client(transport, profile=Profile.DEVELOPMENT, calls=2)
        ids = [f"{number:022}" for number in range(5)]
        said = dry(client, "get-several-tracks", ids=ids)
        assert (said["upstream_calls"], said["wait_s"]) == (5, 0)
        assert 60 <= said["done_s"] <= 61
        assert said["fits_deadline"] is False
        assert "after the deadline of 60 s: ask for less, or give it longer" in said["message"]
        assert dry(client, "get-several-tracks", 70, ids=ids)["fits_deadline"] is True
        started = asyncio.get_running_loop().time()
        await client.call("get-several-tracks", [("ids", ids)], principal=LOCAL, deadline_s=70)
        assert transport.sent[-1][0] - started == pytest.approx(said["done_s"], abs=1)

    run(main())


def test_a_pause_is_part_of_the_wait() -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(lambda *_: refused(429, "no", retry_after="500")))
        with pytest.raises(Exception, match="told this app to wait"):
            await client.call("get-track", [("id", A)], principal=LOCAL)
        said = dry(client, "get-track", id=B)
        assert 499 < said["wait_s"] <= 502
        assert not said["fits_deadline"]

    run(main())


def test_the_same_query_twice_in_a_batch_is_one_call() -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(everything), profile=Profile.EXTENDED)
        calls: list[tuple[str, list[tuple[str, object]]]] = [("search", list(SEARCH))] * 20
        assert client.estimate(calls, principal=LOCAL)["upstream_calls"] == 1

    run(main())


def test_what_a_real_call_would_be_refused_for_a_dry_run_is_too() -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(everything), profile=Profile.DEVELOPMENT)
        with pytest.raises(InvalidArgumentsError):
            dry(client, "get-track", id="nope")
        with pytest.raises(UnsupportedInProfileError):
            dry(client, "get-recommendations", seed_tracks=[A])
        with pytest.raises(UnauthorisedError):
            dry(client, "pause-a-users-playback")

    run(main())


def test_a_user_who_is_known_to_be_another_one_is_refused_as_in_a_real_call() -> None:
    async def main() -> None:
        client = signed_in(ScriptedTransport(everything), profile=Profile.DEVELOPMENT)
        assert dry(client, "get-users-profile", user_id="you")["upstream_calls"] >= 1
        await client.call("get-current-users-profile", [], principal=LOCAL)
        with pytest.raises(UnsupportedInProfileError, match="signed-in user"):
            dry(client, "get-users-profile", user_id="you")

    run(main())


def test_the_same_write_twice_costs_two_calls_and_the_same_read_one() -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(everything), users={LOCAL: CountingTokens()})
        skip, look = "skip-users-playback-to-next-track", "get-the-users-currently-playing-track"
        estimate = client.estimate([(one, []) for one in (skip, look, skip, look)], principal=LOCAL)
        assert estimate["upstream_calls"] == 3

    run(main())
