"""Calls on behalf of a user: whose token they carry, what they change, and that they stay in order."""

import asyncio
from collections.abc import Iterator

import orjson
import pytest

from gateway.client import SpotifyClient
from gateway.endpoint import Profile
from gateway.errors import (
    ForbiddenError,
    ThrottledError,
    UnauthorisedError,
    UnsupportedInProfileError,
    UpstreamUnavailableError,
)
from gateway.principal import LOCAL, Principal
from gateway.steps import Reply
from gateway.transport import LostError, Response
from pipeline import CountingTokens, ScriptedTransport, answer, new_client, refused
from virtual_time import run

A, B = "4cJPC6Y0d1ias1xK2lB9S2", "1301WleyT98MSxVHPZCA6M"
C, D = "0000000000000000000003", "0000000000000000000004"
NOTHING = Response(204, {}, b"")
OTHER = Principal("other")


class UserTokens(CountingTokens):
    """Tokens that can be told from the app's."""

    async def token(self, *, deadline: float) -> str:
        return "user " + await super().token(deadline=deadline)


def signed_in(transport: ScriptedTransport, profile: Profile = Profile.DEVELOPMENT) -> SpotifyClient:
    return new_client(transport, profile=profile, users={LOCAL: UserTokens(), OTHER: UserTokens()})


async def call(
    client: SpotifyClient, endpoint: str, principal: Principal = LOCAL, /, **arguments: object
) -> Reply:
    return await client.call(endpoint, arguments.items(), principal=principal)


def test_without_a_signed_in_user_nothing_is_sent_and_the_next_step_is_told() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: NOTHING)
        with pytest.raises(UnauthorisedError, match="Come in, local"):
            await call(new_client(transport), "pause-a-users-playback")
        assert transport.sent == []

    run(main())


def test_what_belongs_to_nobody_is_read_in_the_apps_name() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({}))
        client = signed_in(transport)
        await call(client, "get-track", id=A)
        await call(client, "get-a-show", id=A, market="US")
        await call(client, "get-a-show", id=A)
        await call(client, "get-playlist", playlist_id=A)
        assert transport.tokens == ["Bearer t1", "Bearer t1", "Bearer user t1", "Bearer user t1"]

    run(main())


def test_no_user_is_served_what_another_one_fetched() -> None:
    async def main() -> None:
        names = iter(["one", "two"])
        transport = ScriptedTransport(lambda *_: answer({"id": next(names)}))
        client = signed_in(transport)
        mine, theirs = await asyncio.gather(
            call(client, "get-current-users-profile"), call(client, "get-current-users-profile", OTHER)
        )
        assert mine.body != theirs.body
        assert (await call(client, "get-current-users-profile")).body == mine.body
        assert len(transport.sent) == 2

    run(main())


def test_a_write_makes_the_writers_reads_forget_and_nobody_elses() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda method, _: answer([True]) if method == "GET" else NOTHING)
        client = signed_in(transport)

        async def check(principal: Principal) -> str:
            return (await call(client, "check-library-contains", principal, uris=f"spotify:track:{A}")).cache

        assert [await check(who) for who in (LOCAL, OTHER, LOCAL)] == ["miss", "miss", "hit"]
        await call(client, "save-library-items", uris=f"spotify:track:{A}")
        assert [await check(who) for who in (LOCAL, OTHER)] == ["miss", "hit"]

    run(main())


def test_a_read_that_began_before_a_write_is_not_served_after_it() -> None:
    async def main() -> None:
        answers = iter([answer([False]), answer([True])])
        transport = ScriptedTransport(lambda method, _: next(answers) if method == "GET" else NOTHING, delay_s=1)
        client = signed_in(transport)
        uri = f"spotify:track:{A}"
        slow = asyncio.create_task(call(client, "check-library-contains", uris=uri))
        await asyncio.sleep(0.5)
        await call(client, "save-library-items", uris=uri)
        await slow
        assert (await call(client, "check-library-contains", uris=uri)).body == b"[true]"

    run(main())


def test_commands_to_a_player_reach_spotify_in_their_order() -> None:
    async def main() -> None:
        delays = iter([3.0, 2.0, 1.0])

        async def slower(_: str) -> Response:
            await asyncio.sleep(next(delays))
            return NOTHING

        transport = ScriptedTransport(lambda _, url: slower(url), delay_s=0)
        client = signed_in(transport)
        calls = [
            asyncio.create_task(call(client, "set-volume-for-users-playback", volume_percent=volume))
            for volume in (10, 20, 30)
        ]
        await asyncio.gather(*calls)
        assert [url.split("=")[1] for _, url in transport.sent] == ["10", "20", "30"]
        first, second, third = (at for at, _ in transport.sent)
        assert (second - first, third - second) == pytest.approx((3, 2))

    run(main())


def test_a_pause_of_what_is_paused_counts_as_done() -> None:
    async def main() -> None:
        def script(method: str, _: str) -> Response:
            if method == "GET":
                return answer({"is_playing": False, "device": {"id": "d"}})
            return refused(403, "Player command failed: Restriction violated", reason="UNKNOWN")

        transport = ScriptedTransport(script)
        reply = await call(signed_in(transport), "pause-a-users-playback")
        assert (reply.status, reply.body, reply.upstream_calls) == (204, b"", len(transport.sent))

    run(main())


def test_a_real_restriction_stays_an_error() -> None:
    async def main() -> None:
        def script(method: str, _: str) -> Response:
            if method == "GET":
                return answer({"is_playing": True, "device": {"id": "d"}})
            return refused(403, "Player command failed: Restriction violated", reason="UNKNOWN")

        with pytest.raises(ForbiddenError, match="Restriction violated"):
            await call(signed_in(ScriptedTransport(script)), "pause-a-users-playback")

    run(main())


@pytest.mark.parametrize(("endpoint", "copies"), [("save-library-items", 2), ("create-playlist", 1)])
def test_a_lost_write_is_repeated_only_if_a_copy_does_no_harm(endpoint: str, copies: int) -> None:
    async def main() -> None:
        outcomes: Iterator[Response | Exception] = iter([LostError("reset"), NOTHING])
        transport = ScriptedTransport(lambda *_: next(outcomes))
        arguments = {"uris": f"spotify:track:{A}"} if copies == 2 else {"name": "x"}
        if copies == 2:
            await call(signed_in(transport), endpoint, **arguments)
        else:
            with pytest.raises(UpstreamUnavailableError):
                await call(signed_in(transport), endpoint, **arguments)
        assert len(transport.sent) == copies

    run(main())


def test_old_library_routes_go_to_the_common_one_forty_at_a_time() -> None:
    async def main() -> None:
        transport = ScriptedTransport(
            lambda method, url: answer([True] * url.count("spotify%3Atrack")) if method == "GET" else NOTHING
        )
        client = signed_in(transport)
        ids = [f"{number:022}" for number in range(50)]
        reply = await call(client, "check-users-saved-tracks", ids=ids)
        assert orjson.loads(reply.body) == [True] * 50
        saved = await call(client, "save-tracks-user", ids=ids)
        assert (saved.status, saved.body) == (200, b"")
        followed = await call(client, "follow-artists-users", type="artist", ids=ids[:1])
        assert followed.status == 204
        sizes = [url.count("%2C") + 1 for _, url in transport.sent]
        assert sizes == [40, 10, 10, 40, 1]
        assert "/me/library?uris=spotify%3Aartist%3A" in transport.sent[-1][1]

    run(main())


def test_contents_asked_for_in_the_old_way_come_in_the_old_way() -> None:
    async def main() -> None:
        page = {"items": [{"item": {"name": "x"}}, {"item": None}], "total": 2}
        transport = ScriptedTransport(lambda *_: answer(page))
        reply = await call(
            signed_in(transport), "get-playlists-tracks", playlist_id=A, fields="items(track(name)),total"
        )
        assert orjson.loads(reply.body) == {"items": [{"track": {"name": "x"}}, {"track": None}], "total": 2}
        assert transport.sent[0][1].endswith(f"/playlists/{A}/items?fields=items%28item%28name%29%29%2Ctotal")

    run(main())


def test_single_occurrences_cannot_be_removed_in_a_new_app_and_that_costs_nothing() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: NOTHING)
        tracks = [{"uri": f"spotify:track:{A}", "positions": [1]}]
        with pytest.raises(UnsupportedInProfileError, match=r"profile development.*leave positions out"):
            await call(signed_in(transport), "remove-tracks-playlist", playlist_id=A, tracks=tracks)
        assert transport.sent == []

    run(main())


def test_what_is_possible_for_oneself_only_is_refused_for_others() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"id": "me"}))
        client = signed_in(transport)
        assert orjson.loads((await call(client, "get-users-profile", user_id="me")).body) == {"id": "me"}
        with pytest.raises(UnsupportedInProfileError, match="signed-in user"):
            await call(client, "get-users-profile", user_id="you")
        assert len(transport.sent) == 1

    run(main())


def test_an_app_that_turns_out_to_be_a_new_one_is_treated_as_one_from_then_on() -> None:
    async def main() -> None:
        def script(_: str, url: str) -> Response:
            return refused(403, "Forbidden") if "tracks?ids" in url else answer({"id": A})

        for profile in (Profile.EXTENDED, Profile.AUTO):
            transport = ScriptedTransport(script)
            client = signed_in(transport, profile)
            first = await call(client, "get-several-tracks", ids=f"{A},{B}")
            second = await call(client, "get-several-tracks", ids=f"{A},{C},{D}")
            assert [url.split("/v1/")[1] for _, url in transport.sent] == [
                f"tracks?ids={A}%2C{B}",
                *(f"tracks/{one}" for one in (A, B, C, D)),
            ]
            assert (first.upstream_calls, second.upstream_calls) == (3, 2)

    run(main())


def test_a_batch_that_is_short_of_budget_says_what_is_missing() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"id": "x"}))
        client = new_client(transport, profile=Profile.DEVELOPMENT, calls=2)
        ids = [f"{number:022}" for number in range(4)]
        reply = await client.call("get-several-tracks", [("ids", ids)], principal=LOCAL, deadline_s=5)
        assert orjson.loads(reply.body) == {"tracks": [{"id": "x"}, {"id": "x"}, None, None]}
        assert reply.missing == tuple(ids[2:])
        assert 25 < (reply.retry_after_s or 0) <= 31
        await asyncio.sleep(reply.retry_after_s or 0)
        again = await client.call("get-several-tracks", [("ids", ids)], principal=LOCAL, deadline_s=5)
        assert (again.missing, again.upstream_calls) == ((), 2)

    run(main())


def test_pages_that_are_short_of_budget_lead_on_from_where_they_end() -> None:
    async def main() -> None:
        def script(_: str, url: str) -> Response:
            items = [{"id": number} for number in range(10)]
            return answer({"tracks": {"href": url, "items": items, "total": 300}})

        transport = ScriptedTransport(script)
        client = new_client(transport, profile=Profile.DEVELOPMENT, calls=2)
        query = [("q", "x"), ("type", "track"), ("limit", 50)]
        reply = await client.call("search", query, principal=LOCAL, deadline_s=5)
        page = orjson.loads(reply.body)["tracks"]
        assert (len(page["items"]), page["limit"]) == (20, 20)
        assert "offset=20" in page["next"]

    run(main())


def test_what_is_refused_of_a_batch_is_told_counted_from_the_answer_and_not_from_the_refusal() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        transport = ScriptedTransport(lambda *_: answer({"id": "x"}))
        client = new_client(transport, profile=Profile.DEVELOPMENT, calls=2)
        ids = [f"{number:022}" for number in range(5)]
        # Two at once, two after one window; the fifth would come after two and is refused on arrival.
        reply = await client.call("get-several-tracks", [("ids", ids)], principal=LOCAL, deadline_s=40)
        assert 30 < loop.time() < 31
        assert reply.missing == (ids[4],)
        assert 29 < (reply.retry_after_s or 0) < 31.5
        await asyncio.sleep(reply.retry_after_s or 0)
        sent = len(transport.sent)
        again = await client.call("get-several-tracks", [("ids", ids)], principal=LOCAL, deadline_s=0.5)
        assert (again.missing, len(transport.sent) - sent) == ((), 1)

    run(main())


def test_a_batch_of_which_nothing_can_be_had_is_refused_at_once() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        client = new_client(
            ScriptedTransport(lambda *_: answer({"id": "x"})), profile=Profile.DEVELOPMENT, calls=1
        )
        await call(client, "get-track", id=A)
        started = loop.time()
        with pytest.raises(ThrottledError) as caught:
            await client.call("get-several-tracks", [("ids", [B, f"{1:022}"])], principal=LOCAL, deadline_s=5)
        assert loop.time() == started
        assert caught.value.reason == "BUDGET_SPENT"

    run(main())


def test_parts_that_are_in_the_cache_come_although_nothing_can_leave() -> None:
    async def main() -> None:
        client = new_client(
            ScriptedTransport(lambda *_: answer({"id": "x"})), profile=Profile.DEVELOPMENT, calls=1
        )
        await call(client, "get-track", id=A)
        started = asyncio.get_running_loop().time()
        reply = await client.call("get-several-tracks", [("ids", [A, B])], principal=LOCAL, deadline_s=5)
        assert asyncio.get_running_loop().time() == started
        assert orjson.loads(reply.body) == {"tracks": [{"id": "x"}, None]}
        assert (reply.missing, reply.upstream_calls) == ((B,), 0)

    run(main())
