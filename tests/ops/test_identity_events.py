"""What is counted and logged of identity."""

from prometheus_client import generate_latest
from structlog.testing import capture_logs

from gateway.callers import Door
from gateway.errors import CREDENTIAL_INVALID
from ops.identity_events import IdentityEvents
from ops.metrics import Metrics


def test_everything_is_counted_in_words_from_closed_sets() -> None:
    metrics = Metrics()
    events = IdentityEvents(metrics)
    events.sign_in_begun("local")
    events.sign_in_finished("key")
    events.sign_in_refused("program", "denied")
    events.renewal("user:ada", "renewed")
    events.tokens("issued")
    events.reused("code")
    events.credential_refused(Door.MCP, CREDENTIAL_INVALID)
    events.credential_refused(Door.REST, "whatever somebody wrote")
    events.failed()
    page = generate_latest(metrics.registry).decode()
    for line in (
        'fermata_sign_ins_total{outcome="begun",way="local"} 1.0',
        'fermata_sign_ins_total{outcome="finished",way="key"} 1.0',
        'fermata_sign_ins_total{outcome="denied",way="program"} 1.0',
        'fermata_renewals_total{outcome="renewed"} 1.0',
        'fermata_tokens_total{event="issued"} 1.0',
        'fermata_tokens_reused_total{what="code"} 1.0',
        'fermata_credentials_refused_total{door="mcp",reason="credential_invalid"} 1.0',
        'fermata_credentials_refused_total{door="rest",reason="other"} 1.0',
        "fermata_vault_errors_total 1.0",
    ):
        assert line in page
    assert "user:ada" not in page
    assert "somebody" not in page


def test_who_comes_and_goes_is_worth_a_line() -> None:
    with capture_logs() as log:
        events = IdentityEvents(Metrics())
        events.signed_in("key:anna")
        events.signed_out("key:anna")
        events.renewal("key:anna", "renewed")
        events.renewal("key:anna", "ended")
        events.credential_refused(Door.MCP, CREDENTIAL_INVALID)
        events.failed()
    assert [(line["event"], line["log_level"], line["principal"]) for line in log] == [
        ("sign_in.kept", "info", "key:anna"),
        ("sign_in.forgotten", "info", "key:anna"),
        ("sign_in.ended", "info", "key:anna"),
    ]


def test_what_came_a_second_time_is_warned_of() -> None:
    with capture_logs() as log:
        IdentityEvents(Metrics()).reused("refresh_token")
    assert [(line["event"], line["log_level"]) for line in log] == [("token.reused", "warning")]


def test_a_consent_that_grows_old_is_warned_of_once_a_day() -> None:
    now = 0.0
    events = IdentityEvents(Metrics(), clock=lambda: now)
    with capture_logs() as log:
        for _ in range(2 * 24):
            events.waning("user:ada", 16.04)
            events.waning("user:bob", 3.0)
            now += 3600
    assert [line["principal"] for line in log] == ["user:ada", "user:bob"] * 2
    assert log[0]["days_left"] == 16.0
    assert {line["log_level"] for line in log} == {"warning"}
