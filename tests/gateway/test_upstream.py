"""What one load brings and costs: validators, refusals that are answers, and the requests it is charged for."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from cache import Answer, Flight
from gateway.catalogue import CATALOGUE
from gateway.errors import ForbiddenError, SpotifyError, UnauthorisedError, UpstreamUnavailableError
from gateway.loader import Identity, Loaded
from gateway.observer import NullObserver
from gateway.params import render
from gateway.transport import LostError, NotSentError, Response
from limiter import Priority
from pipeline import CountingTokens, Script, ScriptedTransport, answer, new_upstream, refused
from virtual_time import run

A = "4cJPC6Y0d1ias1xK2lB9S2"
KNOWN = Answer(200, b'{"id":"old"}', '"v1"')
FRESH = answer({"id": A}, etag='"v2"')


@dataclass
class Outcomes(NullObserver):
    """How exchanges ended."""

    outcomes: list[str] = field(default_factory=list)

    def upstream_called(self, endpoint: str, outcome: str, seconds: float) -> None:
        del endpoint, seconds
        self.outcomes.append(outcome)


def load(
    script: Script,
    *,
    known: Answer | None = None,
    user: str = "",
    endpoint: str = "get-track",
    tokens: CountingTokens | None = None,
) -> tuple[Loaded | SpotifyError, ScriptedTransport, list[str]]:
    transport, observer = ScriptedTransport(script), Outcomes()

    async def main() -> Loaded | SpotifyError:
        entry = CATALOGUE[endpoint]
        arguments = {param.name: A for param in entry.params if param.required}
        try:
            return await new_upstream(transport, observer=observer).load(
                entry,
                render(entry, arguments),
                identity=Identity(tokens or CountingTokens(), user),
                flight=Flight(asyncio.get_running_loop().time() + 60),
                priority=Priority.INTERACTIVE,
                known=known,
            )
        except SpotifyError as error:
            return error

    return run(main()), transport, observer.outcomes


def test_an_answer_brings_its_validator_and_the_next_question_carries_it() -> None:
    loaded, transport, _ = load(lambda *_: FRESH)
    assert loaded == Loaded(Answer(200, FRESH.body, '"v2"'), 1)
    assert "If-None-Match" not in transport.headers[0]
    _, transport, _ = load(lambda *_: FRESH, known=KNOWN)
    assert transport.headers[0]["If-None-Match"] == '"v1"'


def test_what_has_not_changed_is_the_known_answer_itself() -> None:
    loaded, _, outcomes = load(lambda *_: Response(304, {"etag": '"v1"'}, b""), known=KNOWN)
    assert isinstance(loaded, Loaded)
    assert loaded.answer is KNOWN
    assert (loaded.calls, outcomes) == (1, ["304"])


@pytest.mark.parametrize("known", [None, Answer(200, b"{}")])
def test_not_modified_is_no_answer_to_who_did_not_ask(known: Answer | None) -> None:
    loaded, transport, _ = load(lambda *_: Response(304, {}, b""), known=known)
    assert isinstance(loaded, UpstreamUnavailableError)
    assert "If-None-Match" not in transport.headers[0]


def test_only_good_answers_to_reads_have_a_validator() -> None:
    loaded, _, _ = load(lambda *_: refused(404, "Resource not found", etag='"v"'))
    assert isinstance(loaded, Loaded)
    assert loaded.answer.etag == ""
    loaded, _, _ = load(lambda *_: answer({}, etag='"v"'), user="me", endpoint="add-to-queue")
    assert isinstance(loaded, Loaded)
    assert loaded.answer.etag == ""


def test_what_a_user_may_not_read_is_an_answer_and_what_the_app_may_not_is_an_error() -> None:
    def script(*_: str) -> Response:
        return refused(403, "Insufficient client scope")

    loaded, _, _ = load(script, user="me")
    assert isinstance(loaded, Loaded)
    assert (loaded.answer.status, loaded.calls) == (403, 1)
    assert isinstance(load(script)[0], ForbiddenError)
    assert isinstance(load(script, user="me", endpoint="add-to-queue")[0], ForbiddenError)


@pytest.mark.parametrize("user", ["", "whoever brought a token of an app"])
def test_a_new_token_of_the_app_is_not_tried_where_only_a_users_will_do(user: str) -> None:
    failure, transport, _ = load(lambda *_: refused(401, "Valid user authentication required"), user=user)
    assert isinstance(failure, UnauthorisedError)
    assert failure.reason == "SIGN_IN_NEEDED"
    assert len(transport.sent) == 1


@dataclass
class Judged(CountingTokens):
    """What Spotify was seen to make of the tokens."""

    accepted: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)

    def accept(self, token: str) -> None:
        self.accepted.append(token)

    def reject(self, token: str) -> None:
        super().reject(token)
        self.rejected.append(token)


@pytest.mark.parametrize(
    ("answers", "accepted", "rejected"),
    [
        ([FRESH], ["t1"], []),
        ([refused(404, "Non existing id")], ["t1"], []),
        # What the account, the app or the scopes do not allow, no new token does.
        ([refused(403, "Insufficient client scope")], ["t1"], []),
        ([refused(403, "Forbidden")], ["t1"], []),
        ([refused(401, "The access token expired"), FRESH], ["t2"], ["t1"]),
        ([refused(401, "The access token expired")] * 2, [], ["t1", "t2"]),
        # It is an app's own, and good for what needs no user.
        ([refused(401, "Valid user authentication required")], [], []),
        # Neither says that the token was looked at.
        ([refused(429, "no", retry_after="1"), FRESH], ["t1"], []),
        ([refused(503, "no"), FRESH], ["t1"], []),
        ([refused(400, "no")], [], []),
    ],
)
def test_a_token_is_taken_for_good_once_spotify_answers_with_it_and_only_a_401_is_against_it(
    answers: list[Response], accepted: list[str], rejected: list[str]
) -> None:
    tokens, left = Judged(), list(answers)
    load(lambda *_: left.pop(0), user="me", tokens=tokens)
    assert (tokens.accepted, tokens.rejected) == (accepted, rejected)
    assert left == []


@pytest.mark.parametrize(
    ("failure", "calls"),
    [
        (refused(503, "no"), 2),
        (refused(401, "The access token expired"), 2),
        (refused(429, "no", retry_after="1"), 2),
        (LostError("reset"), 2),
        (NotSentError("no connection"), 1),
    ],
)
def test_a_load_is_charged_for_what_left(failure: Response | Exception, calls: int) -> None:
    outcomes: Iterator[Response | Exception] = iter([failure, FRESH])
    loaded, _, _ = load(lambda *_: next(outcomes))
    assert isinstance(loaded, Loaded)
    assert loaded.calls == calls
