import asyncio
import base64
import hashlib
import re
from collections.abc import Awaitable, Callable

import pytest
from yarl import URL

from gateway.auth.accounts_service import AccountsService, Attempt
from gateway.auth.sign_in import SignIn
from gateway.errors import (
    SignInEndedError,
    SignInRefusedError,
    SpotifyError,
    UnauthorisedError,
    UpstreamUnavailableError,
)
from gateway.transport import LostError, Response
from pipeline import answer
from sign_in_desk import CREDENTIALS, EPOCH_S, Desk, refusal, service
from virtual_time import run

REDIRECT = "http://127.0.0.1:8888/callback"
SECRETS = ("AQold", "code-1", "hush", "xxxxxx")
OLD = SignIn(consent="c", refresh_token="AQold", scopes=frozenset({"a"}), authorized_at=5.0, user_id="u")


def begun(accounts: AccountsService, desk: Desk) -> Attempt:
    attempt = accounts.begin(REDIRECT, ["user-top-read", "user-library-read"])
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    desk.codes["code-1"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return attempt


def failing(
    outcome: Response | Exception, act: Callable[[AccountsService, Attempt], Awaitable[SignIn]]
) -> SpotifyError:
    async def main() -> SpotifyError:
        desk = Desk(outcomes=[outcome])
        accounts = service(desk)
        with pytest.raises(SpotifyError) as caught:
            await act(accounts, begun(accounts, desk))
        shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {caught.value.message}"
        assert not any(secret in shown for secret in SECRETS), shown
        return caught.value

    return run(main())


def redeem(accounts: AccountsService, attempt: Attempt) -> Awaitable[SignIn]:
    return accounts.redeem(attempt, "code-1")


def renew(accounts: AccountsService, _: Attempt) -> Awaitable[SignIn]:
    return accounts.renew(OLD)


def test_the_browser_is_sent_with_a_state_and_a_challenge_that_the_verifier_answers() -> None:
    accounts = service(Desk())
    attempt = accounts.begin(REDIRECT, ["user-top-read", "user-library-read"])
    address = URL(accounts.address(attempt))
    assert str(address.with_query(None)) == "https://accounts.test/authorize"
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    assert dict(address.query) == {
        "client_id": "id",
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "state": attempt.state,
        "code_challenge_method": "S256",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "scope": "user-library-read user-top-read",
    }
    assert URL(accounts.address(attempt, ask_again=True)).query["show_dialog"] == "true"
    assert "scope" not in URL(accounts.address(accounts.begin(REDIRECT, []))).query


def test_a_verifier_is_of_the_length_and_the_letters_that_the_standard_wants() -> None:
    texts = iter(("s" * 43, "v" * 200, "s" * 43, "v" * 43))
    accounts = AccountsService(CREDENTIALS, transport=Desk(), wall_clock=lambda: 0.0, secret=lambda: next(texts))
    assert re.fullmatch(r"[A-Za-z0-9._~-]{128}", accounts.begin(REDIRECT, []).verifier)
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43}", accounts.begin(REDIRECT, []).verifier)


def test_nothing_secret_of_an_attempt_is_printed() -> None:
    attempt = service(Desk()).begin(REDIRECT, [])
    assert attempt.state not in repr(attempt)
    assert attempt.verifier not in repr(attempt)


def test_a_code_is_redeemed_with_the_verifier_and_without_the_apps_secret() -> None:
    async def main() -> None:
        desk = Desk()
        accounts = service(desk)
        attempt = begun(accounts, desk)
        sign_in = await accounts.redeem(attempt, "code-1")
        ((headers, form),) = desk.asked
        assert "Authorization" not in headers
        assert form == {
            "grant_type": "authorization_code",
            "client_id": "id",
            "code": "code-1",
            "redirect_uri": REDIRECT,
            "code_verifier": attempt.verifier,
        }
        assert sign_in.access_token == desk.latest["coded"]
        assert desk.good[sign_in.refresh_token] == "coded"
        assert (sign_in.authorized_at, sign_in.expires_at) == (EPOCH_S + 1, EPOCH_S + 3601)
        assert sign_in.scopes == frozenset({"user-library-read", "user-top-read"})
        assert not sign_in.with_secret
        again = begun(accounts, desk)
        assert (await accounts.redeem(again, "code-1")).consent != sign_in.consent

    run(main())


def test_the_scopes_are_those_that_were_granted_or_if_nothing_is_said_those_asked_for() -> None:
    async def main() -> None:
        tokens = {"access_token": "a", "expires_in": 3600, "refresh_token": "r"}
        desk = Desk(outcomes=[answer(tokens | {"scope": "user-top-read"}), answer(tokens), answer(tokens)])
        accounts = service(desk)
        attempt = begun(accounts, desk)
        assert (await accounts.redeem(attempt, "x")).scopes == frozenset({"user-top-read"})
        assert (await accounts.redeem(attempt, "x")).scopes == attempt.scopes
        assert (await accounts.renew(OLD)).scopes == OLD.scopes

    run(main())


@pytest.mark.parametrize("with_secret", [True, False])
def test_a_renewal_proves_the_app_only_where_the_consent_was_not_by_pkce(*, with_secret: bool) -> None:
    async def main() -> None:
        desk = Desk()
        kept = SignIn(consent="c", refresh_token=desk.consent("ada"), with_secret=with_secret)
        await service(desk).renew(kept)
        ((headers, form),) = desk.asked
        expected = {"grant_type": "refresh_token", "refresh_token": kept.refresh_token}
        if with_secret:
            assert headers["Authorization"] == "Basic " + base64.b64encode(b"id:hush").decode()
            assert form == expected
        else:
            assert "Authorization" not in headers
            assert form == expected | {"client_id": "id"}

    run(main())


@pytest.mark.parametrize("rotates", [True, False])
def test_a_new_refresh_token_replaces_the_old_one_and_none_leaves_it(*, rotates: bool) -> None:
    async def main() -> None:
        desk = Desk(rotates=rotates)
        kept = SignIn(consent="c", refresh_token=desk.consent("ada"), authorized_at=5.0, user_id="u")
        renewed = await service(desk).renew(kept)
        assert (renewed.refresh_token != kept.refresh_token) == rotates
        assert desk.good[renewed.refresh_token] == "ada"
        assert renewed.access_token == desk.latest["ada"]
        assert (renewed.consent, renewed.authorized_at, renewed.user_id) == ("c", 5.0, "u")

    run(main())


def test_a_code_that_spotify_does_not_take_is_no_sign_in() -> None:
    error = failing(refusal("invalid_grant", "Invalid authorization code code-1"), redeem)
    assert isinstance(error, SignInRefusedError)
    assert "Invalid authorization code" in error.message


def test_the_end_of_a_consent_is_told_from_an_app_that_spotify_does_not_take() -> None:
    assert isinstance(failing(refusal("invalid_grant", "Refresh token AQold revoked"), renew), SignInEndedError)
    error = failing(refusal("invalid_client", "Invalid client secret hush"), renew)
    assert isinstance(error, UnauthorisedError)
    assert not isinstance(error, SignInEndedError)
    assert "SPOTIFY_CLIENT_ID" in error.message


@pytest.mark.parametrize("act", [redeem, renew])
@pytest.mark.parametrize(
    "outcome",
    [
        LostError("reset"),
        answer({"error": "server_error"}, 503),
        answer({"error": "invalid_grant"}, 500),
        Response(400, {}, b"<html>AQold code-1 invalid_grant</html>"),
        Response(200, {}, b"<html>AQold code-1</html>"),
        Response(200, {}, b"[1]"),
        Response(200, {}, b"\xff"),
        answer({"access_token": "a", "refresh_token": "r"}),
        answer({"access_token": "", "expires_in": 3600, "refresh_token": "r"}),
        answer({"access_token": "a\r\nX: y", "expires_in": 3600, "refresh_token": "r"}),
        answer({"access_token": 5, "expires_in": 3600, "refresh_token": "r"}),
        answer({"access_token": "a", "expires_in": "never", "refresh_token": "r"}),
        answer({"access_token": "a", "expires_in": -1, "refresh_token": "r"}),
        answer({"access_token": "a", "expires_in": 3600, "refresh_token": ["AQold"]}),
    ],
)
def test_what_is_no_answer_ends_nothing_and_may_be_tried_again(
    outcome: Response | Exception, act: Callable[[AccountsService, Attempt], Awaitable[SignIn]]
) -> None:
    error = failing(outcome, act)
    assert isinstance(error, UpstreamUnavailableError)
    assert "try again shortly" in error.message


def test_a_code_without_a_refresh_token_is_no_sign_in() -> None:
    assert isinstance(failing(answer({"access_token": "a", "expires_in": 3600}), redeem), UpstreamUnavailableError)


def test_whoever_stops_waiting_stops_the_exchange() -> None:
    async def main() -> None:
        task = asyncio.create_task(service(Desk()).renew(OLD))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
