import asyncio
from collections.abc import Mapping

import pytest

from gateway.auth.tokens import APP, AccessTokens, Credentials
from gateway.errors import SpotifyError, UnauthorisedError, UpstreamTimeoutError, UpstreamUnavailableError
from gateway.transport import LostError, Response
from pipeline import answer
from virtual_time import run


class Accounts:
    """An accounts service that takes a second to answer."""

    def __init__(self, *outcomes: Response | Exception) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[tuple[str, str, Mapping[str, str], bytes | None]] = []

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes | None = None
    ) -> Response:
        self.requests.append((method, url, headers, data))
        await asyncio.sleep(1)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def granted(value: str) -> Response:
    return answer({"access_token": value, "token_type": "Bearer", "expires_in": 3600})


def provider(accounts: Accounts) -> AccessTokens:
    credentials = Credentials(client_id="id", client_secret="hush", accounts_url="https://accounts.test")
    return AccessTokens(APP, credentials, transport=accounts, clock=asyncio.get_running_loop().time)


def test_a_hundred_callers_cause_one_request_in_the_form_that_the_accounts_service_wants() -> None:
    async def main() -> None:
        accounts = Accounts(granted("t1"))
        tokens = provider(accounts)
        assert set(await asyncio.gather(*(tokens.token(deadline=10) for _ in range(100)))) == {"t1"}
        ((method, url, headers, data),) = accounts.requests
        assert (method, url, data) == ("POST", "https://accounts.test/api/token", b"grant_type=client_credentials")
        assert headers["Authorization"] == "Basic aWQ6aHVzaA=="

    run(main())


def test_a_token_is_renewed_a_minute_before_it_expires() -> None:
    async def main() -> None:
        accounts = Accounts(granted("t1"), granted("t2"))
        tokens = provider(accounts)
        assert await tokens.token(deadline=10) == "t1"
        await asyncio.sleep(3538)
        assert await tokens.token(deadline=1e9) == "t1"
        await asyncio.sleep(3)
        assert await tokens.token(deadline=1e9) == "t2"

    run(main())


def test_late_refusals_of_an_old_token_do_not_throw_the_new_one_away() -> None:
    async def main() -> None:
        accounts = Accounts(granted("t1"), granted("t2"), granted("t3"))
        tokens = provider(accounts)
        old = await tokens.token(deadline=10)
        tokens.reject(old)
        assert await tokens.token(deadline=10) == "t2"
        tokens.reject(old)
        assert await tokens.token(deadline=10) == "t2"

    run(main())


def test_wrong_credentials_are_named_and_not_offered_again_at_once() -> None:
    async def main() -> None:
        refused = answer({"error": "invalid_client", "error_description": "Invalid client"}, 400)
        accounts = Accounts(refused)
        tokens = provider(accounts)
        for _ in range(3):
            with pytest.raises(UnauthorisedError, match=r"Invalid client.*SPOTIFY_CLIENT_ID") as caught:
                await tokens.token(deadline=1e9)
            assert "hush" not in str(caught.value)
        assert len(accounts.requests) == 1
        await asyncio.sleep(31)
        accounts.outcomes = [granted("t1")]
        assert await tokens.token(deadline=1e9) == "t1"

    run(main())


@pytest.mark.parametrize(
    "outcome",
    [LostError("reset"), answer({}, 503), answer({"nothing": 1}), Response(200, {}, b"<html>")],
)
def test_a_passing_failure_of_the_accounts_service_is_tried_again_by_the_next_call(
    outcome: Response | Exception,
) -> None:
    async def main() -> None:
        tokens = provider(Accounts(outcome, granted("t1")))
        with pytest.raises(UpstreamUnavailableError, match="accounts service"):
            await tokens.token(deadline=1e9)
        assert await tokens.token(deadline=1e9) == "t1"

    run(main())


def test_nobody_waits_for_a_token_beyond_the_deadline() -> None:
    async def main() -> None:
        with pytest.raises(UpstreamTimeoutError):
            await provider(Accounts(granted("t1"))).token(deadline=0.5)

    run(main())


def test_neither_secret_nor_token_is_printed() -> None:
    credentials = Credentials(client_id="id", client_secret="hush", accounts_url="https://accounts.test")
    assert "hush" not in repr(credentials)
    assert "hush" not in str(SpotifyError(repr(credentials)))
