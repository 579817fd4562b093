"""Several programs of one user share one sign-in, and all of them learn when it has ended."""

from programs import Program, programs

READ, CHANGE = "user-library-read", "playlist-modify-private"


async def withdraw(program: Program) -> None:
    """The user removes the app at Spotify."""
    address = f"{program.house.spotify}/_simulator/login"
    async with program.user.http.delete(address, json={"user": "demo", "access": True}) as answer:
        assert answer.status == 204


async def shown(program: Program) -> str:
    async with program.user.http.get(f"{program.house.base}/metrics") as answer:
        return await answer.text()


async def test_what_one_program_is_allowed_takes_nothing_from_another() -> None:
    async with programs("reader", "editor") as (reader, editor):
        await reader.authorize(READ)
        assert reader.trips == 1
        assert (await reader.get("/me/tracks"))[0] == 200
        await editor.authorize(CHANGE)
        assert editor.trips == 2
        assert [*reader.scopes, *editor.scopes] == [READ, CHANGE]
        assert (await reader.get("/me/tracks?limit=1"))[0] == 200
        status, challenge = await editor.get("/me/tracks?limit=2")
        assert (status, "insufficient_scope" in challenge) == (403, True)
        # Nothing is lacking any more.
        await reader.authorize(READ, CHANGE)
        assert reader.trips == 1
        page = await shown(reader)
        assert 'fermata_sign_ins_total{outcome="finished",way="program"} 3.0' in page
        assert 'fermata_tokens_total{event="issued"} 3.0' in page


async def test_when_the_sign_in_has_ended_programs_are_sent_to_authorize_again() -> None:
    async with programs("reader", "editor") as (reader, editor):
        await reader.authorize(READ)
        await editor.authorize(READ, CHANGE)
        assert (await reader.get("/me/tracks"))[0] == 200
        await withdraw(reader)
        assert (await reader.get("/me/tracks?limit=3"))[0] == 401
        status, challenge = await reader.get("/me/tracks?limit=3")
        assert status == 401
        assert 'error="invalid_token"' in challenge
        assert "Your sign-in with Spotify has ended" in challenge
        assert "resource_metadata=" in challenge
        # A client that refreshes first must not come back with another token, for ever.
        assert not await reader.refresh()
        assert not await editor.refresh()
        await editor.authorize(READ)
        assert (await editor.get("/me/tracks"))[0] == 200
        page = await shown(reader)
        assert 'fermata_renewals_total{outcome="ended"} 1.0' in page
        assert 'fermata_credentials_refused_total{door="rest",reason="sign_in_ended"} 1.0' in page
