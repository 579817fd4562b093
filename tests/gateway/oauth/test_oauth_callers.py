import pytest
from multidict import CIMultiDict

from gateway.callers import Door
from gateway.errors import CredentialError, UpstreamUnavailableError
from gateway.oauth.callers import OAuthCallers
from gateway.oauth.errors import OAuthError
from gateway.oauth.standing import Standing
from gateway.principal import Principal
from ledger_rig import ISSUER, RESOURCES, SCOPES, LedgerRig
from register import Register
from virtual_time import run

METADATA = f'resource_metadata="{ISSUER}/.well-known/oauth-protected-resource'


def callers_of(rig: LedgerRig, register: Register | None = None) -> OAuthCallers:
    return OAuthCallers(
        rig.ledger,
        RESOURCES,
        standing=Standing(register or Register()),
        least=lambda path: ["user-library-read", "streaming"] if path.startswith(Door.MCP) else [],
    )


def sent(*values: str) -> CIMultiDict[str]:
    return CIMultiDict([("Authorization", value) for value in values])


async def refused(callers: OAuthCallers, headers: CIMultiDict[str], door: Door = Door.MCP) -> CredentialError:
    assert callers.at_once(headers, door) is None
    with pytest.raises(CredentialError) as caught:
        await callers(headers, door)
    for value in headers.values():
        if token := value.partition(" ")[2]:
            assert token not in str(caught.value) + caught.value.challenge
    return caught.value


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_who_has_a_good_token_calls_in_the_users_name(scheme: str) -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        headers = sent(f"{scheme} {issued.access_token}")
        assert await callers_of(rig)(headers, Door.MCP) == Principal("user:ada", "app", SCOPES)

    run(main())


def test_a_token_that_was_asked_about_is_known_at_once_for_five_seconds() -> None:
    async def main() -> None:
        rig = LedgerRig()
        callers = callers_of(rig)
        headers = sent(f"Bearer {(await rig.issued()).access_token}")
        assert callers.at_once(headers, Door.MCP) is None
        principal = await callers(headers, Door.MCP)
        assert callers.at_once(headers, Door.MCP) == principal
        rig.now += 5
        assert callers.at_once(headers, Door.MCP) is None

    run(main())


def test_without_a_token_it_is_told_where_to_get_one_and_of_no_error() -> None:
    async def main() -> None:
        callers = callers_of(LedgerRig())
        for headers in (sent(), sent("Basic YTpi")):
            error = await refused(callers, headers)
            assert error.challenge == f'Bearer scope="user-library-read streaming", {METADATA}/mcp"'
        assert (await refused(callers, sent(), Door.REST)).challenge == f'Bearer {METADATA}/v1"'

    run(main())


@pytest.mark.parametrize(
    "values",
    [
        ("Bearer nonsense",),
        ("Bearer ",),
        ("Bearer",),
        ("Bearer fat_one fat_two",),
        ('Bearer a"b',),
        ("Bearer fat_" + "x" * 5000,),
        ("Bearer fat_" + "x" * 43,),
        ("Bearer fgk_" + "x" * 43,),
        ("Bearer fat_twice", "Bearer fat_twice"),
    ],
)
def test_a_token_that_is_none_is_an_error_that_says_what_to_do(values: tuple[str, ...]) -> None:
    async def main() -> None:
        error = await refused(callers_of(LedgerRig()), sent(*values))
        assert error.status == 401
        assert error.challenge.startswith('Bearer error="invalid_token", error_description="')
        assert error.challenge.endswith(f', scope="user-library-read streaming", {METADATA}/mcp"')

    run(main())


def test_two_headers_are_refused_even_if_one_of_them_is_good() -> None:
    async def main() -> None:
        rig = LedgerRig()
        callers = callers_of(rig)
        good = f"Bearer {(await rig.issued()).access_token}"
        await callers(sent(good), Door.MCP)
        await refused(callers, sent(good, good))

    run(main())


def test_a_token_is_good_at_its_door_only_asked_or_known() -> None:
    async def main() -> None:
        rig = LedgerRig()
        callers = callers_of(rig)
        issued = await rig.issued(rig.grant(audience=f"{ISSUER}/mcp"))
        headers = sent(f"Bearer {issued.access_token}")
        assert await callers(headers, Door.MCP)
        assert callers.at_once(headers, Door.MCP)
        for door in (Door.REST, Door.SSE):
            error = await refused(callers, headers, door)
            assert 'error="invalid_token"' in error.challenge

    run(main())


def test_a_revoked_token_ends_with_the_next_request() -> None:
    async def main() -> None:
        rig = LedgerRig()
        callers = callers_of(rig)
        issued = await rig.issued()
        headers = sent(f"Bearer {issued.access_token}")
        await callers(headers, Door.MCP)
        await rig.ledger.revoke(issued.access_token, client_id="app")
        await refused(callers, headers)

    run(main())


def test_who_is_not_signed_in_with_spotify_any_more_must_authorize_again() -> None:
    async def main() -> None:
        rig, register = LedgerRig(), Register()
        callers = callers_of(rig, register)
        issued = await rig.issued()
        headers = sent(f"Bearer {issued.access_token}")
        assert await callers(headers, Door.MCP)
        assert callers.at_once(headers, Door.MCP)
        register.gone.add("user:ada")
        register.learn("user:ada")
        error = await refused(callers, headers)
        assert 'error="invalid_token", error_description="Your sign-in with Spotify has ended' in error.challenge
        # Clients refresh before they ask their users: that must not bring them back here.
        with pytest.raises(OAuthError, match="invalid_grant"):
            await rig.refresh(issued.refresh_token)

    run(main())


def test_who_has_just_signed_in_by_another_process_is_believed() -> None:
    async def main() -> None:
        rig, register = LedgerRig(), Register()
        register.gone.add("user:ada")
        register.learn("user:ada")
        register.gone.clear()
        headers = sent(f"Bearer {(await rig.issued()).access_token}")
        assert await callers_of(rig, register)(headers, Door.MCP)

    run(main())


def test_nobody_is_said_to_be_gone_while_sign_ins_cannot_be_looked_up() -> None:
    async def main() -> None:
        rig, register = LedgerRig(), Register()
        register.gone.add("user:ada")
        register.down = True
        callers = callers_of(rig, register)
        issued = await rig.issued()
        headers = sent(f"Bearer {issued.access_token}")
        assert await callers(headers, Door.MCP)
        assert callers.at_once(headers, Door.MCP) is None
        await rig.refresh(issued.refresh_token)

    run(main())


def test_tokens_that_cannot_be_looked_up_are_nobodys_fault() -> None:
    async def main() -> None:
        rig = LedgerRig()
        headers = sent(f"Bearer {(await rig.issued()).access_token}")
        rig.vault.down = True
        with pytest.raises(UpstreamUnavailableError) as caught:
            await callers_of(rig)(headers, Door.MCP)
        assert caught.value.retry_after_s == 1.0

    run(main())


def test_who_lacks_a_scope_is_told_which_to_ask_for() -> None:
    challenge = callers_of(LedgerRig()).challenge(Door.SSE, ["user-library-read", "user-library-modify"])
    assert challenge == (
        f'Bearer error="insufficient_scope", scope="user-library-read user-library-modify", {METADATA}/sse"'
    )


@pytest.mark.parametrize("scope", ['a"', "a\r\nSet-Cookie: b", "a\\", "ä"])
def test_nothing_gets_into_a_header_that_would_end_a_value(scope: str) -> None:
    with pytest.raises(ValueError, match="scope"):
        callers_of(LedgerRig()).challenge(Door.MCP, [scope])


def test_as_many_tokens_are_known_as_there_is_room_for() -> None:
    async def main() -> None:
        rig = LedgerRig()
        callers = callers_of(rig)
        first = await rig.issued()
        latest = first
        headers = sent(f"Bearer {first.access_token}")
        await callers(headers, Door.MCP)
        for number in range(4096):
            latest = await rig.issued(rig.grant(principal_id=f"user:{number}"))
            await callers(sent(f"Bearer {latest.access_token}"), Door.MCP)
        assert callers.at_once(headers, Door.MCP) is None
        assert callers.at_once(sent(f"Bearer {latest.access_token}"), Door.MCP)

    run(main())


@pytest.mark.parametrize(
    ("below", "named"),
    [
        ("full", "/mcp/full"),
        ("x/player,search/readonly", "/mcp/x/player,search/readonly"),
        ('full", scope="', "/mcp"),
    ],
)
def test_what_lies_below_a_door_is_described_by_itself(below: str, named: str) -> None:
    async def main() -> None:
        callers = callers_of(LedgerRig())
        with pytest.raises(CredentialError) as caught:
            await callers(sent(), Door.MCP, below=below)
        assert caught.value.challenge == f'Bearer scope="user-library-read streaming", {METADATA}{named}"'
        assert callers.challenge(Door.MCP, ["streaming"], below=below).endswith(f'{METADATA}{named}"')

    run(main())
