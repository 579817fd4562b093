"""What is told of writes: to whom, how exactly, and that nobody is remembered who stopped listening."""

import asyncio
from operator import attrgetter

import pytest

from gateway.catalogue import CATALOGUE
from gateway.changes import Change, Changes
from gateway.endpoint import Profile
from gateway.errors import ForbiddenError
from gateway.principal import LOCAL, Principal
from gateway.transport import Response
from pipeline import OWNERS, CountingTokens, ScriptedTransport, answer, new_client, refused
from virtual_time import run

A, B = "4cJPC6Y0d1ias1xK2lB9S2", "1301WleyT98MSxVHPZCA6M"
OTHER = Principal("other")
LIBRARY, PLAYLISTS = Change(("library",)), Change(("playlists",))


def touched(change: Change, endpoint: str, **arguments: object) -> bool:
    return change.touches(CATALOGUE[endpoint], arguments)


@pytest.mark.parametrize(
    ("change", "tracks", "this", "other", "track"),
    [
        (LIBRARY, True, False, False, False),
        (PLAYLISTS, False, True, True, False),
        (Change(("playlists",), {"playlist_id": A}), False, True, False, False),
        (Change(), True, True, True, False),
    ],
)
def test_a_change_touches_what_depends_on_its_tags_and_names_no_other_thing(
    change: Change, tracks: object, this: object, other: object, track: object
) -> None:
    assert touched(change, "get-users-saved-tracks") is tracks
    assert touched(change, "get-playlist", playlist_id=A) is this
    assert touched(change, "get-playlists-items", playlist_id=B) is other
    assert touched(change, "get-track", id=A) is track


def test_the_list_of_playlists_changes_with_each_of_them() -> None:
    change = Change(("playlists",), {"playlist_id": A})
    assert touched(change, "get-a-list-of-current-users-playlists")


def test_a_listener_hears_of_its_own_account_until_it_leaves() -> None:
    changes, heard = Changes(OWNERS, attrgetter("id")), list[Change]()
    with changes.heard(LOCAL, heard.append), changes.heard(LOCAL, heard.append):
        changes.elsewhere(OWNERS.of(OTHER.id), "library")
        assert heard == []
        changes.elsewhere(OWNERS.of(LOCAL.id), "library")
        assert heard == [LIBRARY, LIBRARY]
        assert changes.listeners == 2
    changes.elsewhere(OWNERS.of(LOCAL.id), "library")
    assert len(heard) == 2
    assert changes.listeners == 0


def test_everybody_hears_when_changes_may_have_been_missed() -> None:
    changes, mine, theirs = Changes(OWNERS, attrgetter("id")), list[Change](), list[Change]()
    with changes.heard(LOCAL, mine.append), changes.heard(OTHER, theirs.append):
        changes.elsewhere("", "")
    assert mine == theirs == [Change()]


def test_a_write_is_told_with_the_playlist_that_it_names_and_to_its_own_user_only() -> None:
    async def main() -> None:
        changes, mine, theirs = Changes(OWNERS, attrgetter("id")), list[Change](), list[Change]()
        client = new_client(
            ScriptedTransport(lambda *_: answer({"snapshot_id": "s"}, 201)),
            users={LOCAL: CountingTokens(), OTHER: CountingTokens()},
            changes=changes,
        )
        given = {"playlist_id": A, "uris": [f"spotify:track:{B}"]}
        with changes.heard(LOCAL, mine.append), changes.heard(OTHER, theirs.append):
            await client.call("add-items-to-playlist", given.items(), principal=LOCAL)
        assert mine == [Change(("playlists",), {"playlist_id": A})]
        assert theirs == []

    run(main())


def test_what_became_a_call_of_the_common_library_is_told_of_all_playlists() -> None:
    async def main() -> None:
        changes, heard = Changes(OWNERS, attrgetter("id")), list[Change]()
        transport = ScriptedTransport(lambda *_: Response(200, {}, b""))
        client = new_client(
            transport, profile=Profile.DEVELOPMENT, users={LOCAL: CountingTokens()}, changes=changes
        )
        with changes.heard(LOCAL, heard.append):
            await client.call("follow-playlist", {"playlist_id": A}.items(), principal=LOCAL)
        assert heard == [Change(("library", "playlists"))]

    run(main())


def test_a_read_is_no_change() -> None:
    async def main() -> None:
        changes, heard = Changes(OWNERS, attrgetter("id")), list[Change]()
        client = new_client(
            ScriptedTransport(lambda *_: answer({})), users={LOCAL: CountingTokens()}, changes=changes
        )
        with changes.heard(LOCAL, heard.append):
            await client.call("get-users-saved-tracks", (), principal=LOCAL)
        assert heard == []

    run(main())


def test_a_write_that_failed_or_whose_caller_left_is_told_because_it_may_have_happened() -> None:
    async def main() -> None:
        changes, heard = Changes(OWNERS, attrgetter("id")), list[Change]()
        transport = ScriptedTransport(lambda *_: refused(403, "No"))
        client = new_client(transport, users={LOCAL: CountingTokens()}, changes=changes)
        given = {"ids": [A]}.items()
        with changes.heard(LOCAL, heard.append):
            with pytest.raises(ForbiddenError):
                await client.call("save-albums-user", given, principal=LOCAL)
            assert heard == [LIBRARY]
            call = asyncio.create_task(client.call("save-albums-user", given, principal=LOCAL))
            await asyncio.sleep(0.05)
            call.cancel()
            await asyncio.wait([call])
            assert call.cancelled()
        assert heard == [LIBRARY, LIBRARY]

    run(main())


def test_who_is_told_finds_what_is_new() -> None:
    async def main() -> None:
        number = 0

        def spotify(method: str, url: str) -> Response:
            nonlocal number
            del url
            number += method != "GET"
            return answer({"number": number}) if method == "GET" else Response(200, {}, b"")

        changes, tasks = Changes(OWNERS, attrgetter("id")), list[asyncio.Task[bytes]]()
        transport = ScriptedTransport(spotify)
        client = new_client(transport, users={LOCAL: CountingTokens()}, changes=changes)

        async def read() -> bytes:
            return (await client.call("get-users-saved-tracks", (), principal=LOCAL)).body

        assert await read() == b'{"number":0}'
        with changes.heard(LOCAL, lambda _: tasks.append(asyncio.create_task(read()))):
            await client.call("save-tracks-user", {"ids": [A]}.items(), principal=LOCAL)
        assert [await task for task in tasks] == [b'{"number":1}']

    run(main())
