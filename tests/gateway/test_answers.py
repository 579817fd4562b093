import pytest

from cache import Answer
from gateway.answers import LONGEST_WAIT_S, error_for, lacking_scope, reason_of, retry_after_s
from gateway.errors import (
    ForbiddenError,
    NotFoundError,
    RejectedError,
    SpotifyError,
    ThrottledError,
    UpstreamUnavailableError,
)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("80000", 80000),
        ("0", 0),
        ("1.5", 1.5),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("1e9", None),
        ("inf", None),
        ("nan", None),
        ("9" * 400, LONGEST_WAIT_S),
        ("864000", 864_000),
        ("Fri, 20 Nov 2026 12:00:42 GMT", 42),
        ("Fri, 20 Nov 2026 11:59:00 GMT", None),
        ("Fri, 20 Nov 9999 12:00:00 GMT", LONGEST_WAIT_S),
        ("Fri, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_every_form_of_retry_after_is_read_or_counts_as_absent(header: str, seconds: float | None) -> None:
    headers = {"retry-after": header, "date": "Fri, 20 Nov 2026 12:00:00 GMT"}
    assert retry_after_s(headers) == seconds


def test_a_date_without_the_clock_that_wrote_it_says_nothing() -> None:
    assert retry_after_s({"retry-after": "Fri, 20 Nov 2026 12:00:42 GMT"}) is None


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (404, b'{"error":{"status":404,"message":"Resource not found"}}', NotFoundError, "Resource not found"),
        (400, b'{"error":{"status":400,"message":"Invalid limit"}}', RejectedError, "Invalid limit"),
        (403, b"Active premium subscription required", ForbiddenError, "Active premium subscription required"),
        (403, b"", ForbiddenError, "Forbidden"),
        (400, b'{"error":"invalid_client","error_description":"No"}', RejectedError, "No"),
        (400, b'{"error":[1]}', RejectedError, '{"error":[1]}'),
        (429, b"Too many requests", ThrottledError, "Too many requests"),
        (503, b"<html>", UpstreamUnavailableError, "Spotify answered 503"),
        (599, b"", UpstreamUnavailableError, "Spotify answered 599"),
        (302, b"", UpstreamUnavailableError, "Spotify answered 302"),
        (418, b"[]", RejectedError, "[]"),
    ],
)
def test_every_shape_of_error_becomes_a_typed_one(
    status: int, body: bytes, kind: type[SpotifyError], message: str
) -> None:
    error = error_for(Answer(status, body))
    assert type(error) is kind
    assert error.message.startswith(message)


def test_what_spotify_gives_to_users_only_is_told_from_a_bad_token() -> None:
    error = error_for(Answer(401, b'{"error":{"status":401,"message":"Valid user authentication required"}}'))
    assert error.reason == "SIGN_IN_NEEDED"
    assert error.message == "This needs a signed-in user"


def test_a_scope_that_is_lacking_is_named_and_other_refusals_stay_as_they_are() -> None:
    lacking = lacking_scope(ForbiddenError("Insufficient client scope"), ["a-b", "c-d"])
    assert lacking.reason == "SCOPE_MISSING"
    assert lacking.message == "Insufficient client scope: this needs a-b c-d"
    for error, scopes in ((ForbiddenError("No"), ["a-b"]), (ForbiddenError("Insufficient client scope"), [])):
        assert lacking_scope(error, scopes) is error


def test_a_message_is_cut_and_cleaned_before_people_see_it() -> None:
    assert len(error_for(Answer(400, b"\x1b[31m" + b"x" * 5000)).message) <= 300
    assert "\x1b" not in error_for(Answer(400, b"\x1b[31mred")).message


def test_the_reason_tells_the_day_quota_from_the_rate_limit() -> None:
    assert reason_of(b'{"error":{"status":429,"message":"x","reason":"QUOTA_EXCEEDED"}}') == "QUOTA_EXCEEDED"
    assert reason_of(b"Too many requests") == ""
