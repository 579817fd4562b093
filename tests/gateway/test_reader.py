"""Reads through the cache: how old, whose, and out of which list."""

import asyncio
from typing import Any

import pytest

from gateway.client import SpotifyClient
from gateway.endpoint import Profile
from gateway.errors import ForbiddenError, NotFoundError, UpstreamUnavailableError
from gateway.principal import LOCAL, Principal
from gateway.steps import Reply
from gateway.transport import Response
from limiter import Priority
from pipeline import CountingTokens, ScriptedTransport, answer, new_client, refused
from virtual_time import run

A, B = "4cJPC6Y0d1ias1xK2lB9S2", "1301WleyT98MSxVHPZCA6M"
EVE = Principal("eve")
DAY_S = 24 * 3600.0


def signed_in(transport: ScriptedTransport, **extra: Any) -> SpotifyClient:
    return new_client(transport, users={LOCAL: CountingTokens(), EVE: CountingTokens(number=100)}, **extra)


async def read(
    client: SpotifyClient,
    endpoint: str,
    *,
    principal: Principal = LOCAL,
    partial_ok: bool = False,
    **given: object,
) -> Reply:
    return await client.call(endpoint, given.items(), principal=principal, partial_ok=partial_ok)


def track(name: str, **more: object) -> dict[str, object]:
    return {"id": name, "type": "track", "uri": f"spotify:track:{name}", "album": {}, "external_ids": {}} | more


def test_an_answer_with_a_validator_is_asked_for_with_it_and_is_young_again() -> None:
    def script(method: str, url: str) -> Response:
        del method, url
        if transport.headers[-1].get("If-None-Match") == '"v1"':
            return Response(304, {"etag": '"v1"'}, b"")
        return answer({"name": "mine"}, etag='"v1"')

    transport = ScriptedTransport(script)

    async def main() -> None:
        client = signed_in(transport)
        first = await read(client, "get-playlist", playlist_id=A)
        await asyncio.sleep(120)
        again = await read(client, "get-playlist", playlist_id=A)
        assert (again.body, again.cache, again.age_s, again.upstream_calls) == (first.body, "miss", 0, 1)
        assert (await read(client, "get-playlist", playlist_id=A)).cache == "hit"
        assert len(transport.sent) == 2

    run(main())


def test_during_a_pause_an_older_answer_is_served_and_nothing_is_sent() -> None:
    async def main() -> None:
        banned = False

        def script(*_: str) -> Response:
            return refused(429, "later", retry_after="7200") if banned else answer({"id": A})

        transport = ScriptedTransport(script)
        client = new_client(transport)
        await read(client, "get-track", id=A)
        banned = True
        await asyncio.sleep(DAY_S / 2 + 1)
        told = [await read(client, "get-track", id=A) for _ in range(5)]
        assert {(reply.cache, reply.body) for reply in told} == {("stale", b'{"id":"%b"}' % A.encode())}
        assert len(transport.sent) == 2
        assert told[0].age_s == pytest.approx(DAY_S / 2, abs=2)

    run(main())


def test_calls_that_were_made_in_vain_are_on_the_bill_of_the_older_answer() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({}))
        client = signed_in(transport)
        await read(client, "get-playlist", playlist_id=A)
        await asyncio.sleep(120)
        transport.sent.clear()
        transport.script = lambda *_: refused(503, "down")
        reply = await read(client, "get-playlist", playlist_id=A)
        assert (reply.cache, reply.upstream_calls) == ("stale", len(transport.sent))
        assert transport.sent

    run(main())


def test_what_it_cost_to_learn_that_the_app_lacks_a_route_is_on_the_bill() -> None:
    def script(method: str, url: str) -> Response:
        del method
        return refused(403, "Forbidden") if "/users/" in url else answer({"id": "demo"})

    async def main() -> None:
        transport = ScriptedTransport(script)
        client = signed_in(transport, profile=Profile.AUTO)
        reply = await read(client, "create-playlist-for-user", user_id="demo", name="mine")
        assert reply.upstream_calls == len(transport.sent) == 3

    run(main())


def test_what_is_older_than_it_may_be_is_not_served_even_if_spotify_fails() -> None:
    async def main() -> None:
        failing = False
        client = new_client(ScriptedTransport(lambda *_: refused(503, "x") if failing else answer({"id": A})))
        await read(client, "get-track", id=A)
        failing = True
        await asyncio.sleep(DAY_S + 1)
        with pytest.raises(UpstreamUnavailableError):
            await read(client, "get-track", id=A)

    run(main())


def test_an_error_of_the_call_itself_is_told_and_not_hidden_behind_an_older_answer() -> None:
    async def main() -> None:
        gone = False
        client = new_client(ScriptedTransport(lambda *_: refused(404, "gone") if gone else answer({"id": A})))
        await read(client, "get-track", id=A)
        gone = True
        await asyncio.sleep(DAY_S / 2 + 1)
        with pytest.raises(NotFoundError):
            await read(client, "get-track", id=A)

    run(main())


def test_past_its_time_an_answer_is_renewed_with_background_budget_while_it_is_served() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"id": A}))
        client = new_client(transport)
        await read(client, "get-track", id=A)
        await asyncio.sleep(7 * 3600)
        assert (await read(client, "get-track", id=A)).cache == "stale"
        await asyncio.sleep(1)
        assert (await read(client, "get-track", id=A)).cache == "hit"
        assert len(transport.sent) == 2

    run(main())


def test_what_a_user_may_not_is_believed_for_a_while_of_that_user_alone() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: refused(403, "no scope"))
        client = signed_in(transport)
        for principal in (LOCAL, LOCAL, EVE):
            with pytest.raises(ForbiddenError):
                await read(client, "get-users-saved-tracks", principal=principal)
        assert transport.tokens == ["Bearer t1", "Bearer t100"]
        await asyncio.sleep(31)
        with pytest.raises(ForbiddenError):
            await read(client, "get-users-saved-tracks")
        assert len(transport.sent) == 3

    run(main())


def test_a_write_changes_what_its_user_sees_and_nobody_else() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"items": []}))
        client = signed_in(transport)
        for principal in (LOCAL, EVE):
            await read(client, "get-users-saved-tracks", principal=principal)
        await client.call("save-library-items", [("uris", [f"spotify:track:{A}"])], principal=LOCAL)
        assert (await read(client, "get-users-saved-tracks", principal=EVE)).cache == "hit"
        assert (await read(client, "get-users-saved-tracks")).cache == "miss"

    run(main())


def test_a_user_who_is_disconnected_leaves_nothing_and_takes_nothing_of_others() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"items": []}))
        client = signed_in(transport)
        await read(client, "get-track", id=A)
        for principal in (LOCAL, EVE):
            await read(client, "get-users-saved-tracks", principal=principal)
        client.disconnect(LOCAL.id)
        assert (await read(client, "get-users-saved-tracks")).cache == "miss"
        assert (await read(client, "get-users-saved-tracks", principal=EVE)).cache == "hit"
        assert (await read(client, "get-track", id=A)).cache == "hit"

    run(main())


def test_a_search_answers_the_single_reads_of_what_it_found() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"tracks": {"items": [track(A)], "total": 1}}))
        client = new_client(transport)
        await read(client, "search", q="x", type="track", market="US")
        assert (await read(client, "get-track", id=A, market="US")).cache == "hit"
        assert (await read(client, "get-track", id=A)).cache == "miss"
        assert len(transport.sent) == 2

    run(main())


@pytest.mark.parametrize(("profile", "result"), [(Profile.DEVELOPMENT, "hit"), (Profile.EXTENDED, "miss")])
def test_a_users_list_answers_for_the_app_only_where_both_see_the_same(profile: Profile, result: str) -> None:
    async def main() -> None:
        shown = {"items": [{"track": track(A, is_playable=True)}], "total": 1}
        transport = ScriptedTransport(lambda _, url: answer(shown if "/me/" in url else track(A)))
        client = signed_in(transport, profile=profile)
        await read(client, "get-users-saved-tracks")
        reply = await read(client, "get-track", id=A)
        assert (reply.cache, b"is_playable" in reply.body) == (result, False)
        assert (await read(client, "get-track", id=A, market="US")).cache == "miss"

    run(main())


def test_another_users_list_answers_nothing() -> None:
    async def main() -> None:
        shown = {"items": [{"track": track(A, is_playable=True)}], "total": 1}
        client = signed_in(ScriptedTransport(lambda *_: answer(shown)), profile=Profile.DEVELOPMENT)
        await read(client, "get-users-saved-tracks", principal=EVE)
        assert (await read(client, "get-track", id=A, partial_ok=True)).cache == "miss"

    run(main())


def test_a_part_is_served_to_those_who_take_it_and_says_that_it_is_one() -> None:
    async def main() -> None:
        shown = track(A, artists=[{"id": B, "type": "artist", "uri": f"spotify:artist:{B}", "name": "x"}])
        transport = ScriptedTransport(
            lambda _, url: answer(shown if "/tracks/" in url else {"id": B, "genres": []})
        )
        client = new_client(transport)
        await read(client, "get-track", id=A)
        part = await read(client, "get-an-artist", id=B, partial_ok=True)
        assert (part.partial, part.cache, b'"name":"x"' in part.body) == (True, "hit", True)
        several = await read(client, "get-multiple-artists", ids=[B], partial_ok=True)
        assert (several.partial, several.upstream_calls) == (True, 0)
        whole = await read(client, "get-an-artist", id=B)
        assert (whole.partial, whole.cache) == (False, "miss")
        assert not (await read(client, "get-an-artist", id=B, partial_ok=True)).partial

    run(main())


def test_an_estimate_knows_what_lists_have_shown() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"tracks": {"items": [track(A)], "total": 1}}))
        client = new_client(transport)
        await read(client, "search", q="x", type="track")
        estimate = client.estimate([("get-several-tracks", [("ids", [A, B])])], principal=LOCAL)
        assert (estimate["upstream_calls"], estimate["cached"]) == (1, 1)

    run(main())


def test_a_person_does_not_wait_at_the_pace_of_a_crawl_that_asked_first() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        transport = ScriptedTransport(lambda _, url: answer({"id": url[-22:]}))
        client = new_client(transport, calls=10, profile=Profile.EXTENDED_LEGACY, deadline_s=600)

        async def ask(name: str, priority: Priority) -> Reply:
            return await client.call("get-audio-features", [("id", name)], principal=LOCAL, priority=priority)

        names = [f"{number:022}" for number in range(30)]
        crawl = [asyncio.create_task(ask(name, Priority.CRAWL)) for name in names]
        await asyncio.sleep(1)
        started = loop.time()
        reply = await ask(names[-1], Priority.INTERACTIVE)
        assert loop.time() - started < 1
        assert (reply.cache, reply.upstream_calls) == ("joined", 0)
        for task in crawl:
            task.cancel()
        await asyncio.gather(*crawl, return_exceptions=True)

    run(main())


def test_how_far_a_user_has_listened_is_not_told_hours_later() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"id": A}))
        client = signed_in(transport)
        await read(client, "get-an-episode", id=A)
        await asyncio.sleep(601)
        assert (await read(client, "get-an-episode", id=A)).cache == "miss"
        await read(client, "get-an-episode", id=A, market="US")
        await asyncio.sleep(5 * 3600)
        assert (await read(client, "get-an-episode", id=A, market="US")).cache == "hit"

    run(main())
