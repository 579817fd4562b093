import pytest

from cache import PUBLIC
from gateway.endpoint import Profile
from gateway.principal import LOCAL
from ops.settings import Settings, SettingsError

APP = {"SPOTIFY_CLIENT_ID": "id", "SPOTIFY_CLIENT_SECRET": "hush"}


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(APP | environ)
    return caught.value.problems


def test_two_variables_are_enough() -> None:
    settings = Settings.from_env(APP)
    assert (settings.host, settings.port, settings.spotify_profile) == ("127.0.0.1", 8080, Profile.AUTO)
    assert (settings.limiter.calls, settings.limiter.window_s) == (30, 30.0)
    assert settings.upstream.account == settings.upstream.client_id == "id"


@pytest.mark.parametrize(("calls", "at_once"), [("1", 1), ("30", 3), ("1000", 100)])
def test_tokens_that_spotify_has_not_seen_may_cost_a_fifth_of_a_window(calls: str, at_once: int) -> None:
    newcomers = Settings.from_env(APP | {"RATE_LIMIT_CALLS": calls, "FERMATA_INBOUND_PER_S": "0"}).newcomers
    assert newcomers.burst == at_once
    assert newcomers.per_s * 30 == pytest.approx(int(calls) / 10)


def test_an_empty_variable_counts_as_absent() -> None:
    assert Settings.from_env(APP | {"PORT": "", "REDIS_URL": " "}).port == 8080


def test_all_problems_are_reported_together() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(
            {"PORT": "x", "RATE_LIMIT_CALLS": "0", "SPOTIFY_PROFILE": "best", "FERMATA_DEADLINE": "5"}
        )
    found = caught.value.problems
    names = [problem.partition(":")[0] for problem in found]
    assert sorted(names) == [
        "FERMATA_DEADLINE",
        "PORT",
        "RATE_LIMIT_CALLS",
        "SPOTIFY_CLIENT_ID",
        "SPOTIFY_CLIENT_SECRET",
        "SPOTIFY_PROFILE",
    ]
    assert any("did you mean FERMATA_DEADLINE_S?" in problem for problem in found)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HOST", "0.0.0.0", "serves this machine only"),  # noqa: S104 - the point
        ("HOST", "example.com", "is an address of this machine"),
        ("PORT", "70000", "less than or equal to 65535"),
        ("LOG_LEVEL", "LOUD", "'DEBUG'"),
        ("SPOTIFY_API_URL", "api.spotify.com", "must be an http or https address"),
        ("SPOTIFY_API_URL", "https://user:pw@api.spotify.com", "must be an http or https address"),
        ("RATE_LIMIT_WINDOW", "0", "greater than 0"),
        ("ALLOWED_ORIGINS", "*", "no origin"),
        ("ALLOWED_ORIGINS", "https://a.example,https://b.example/path", "'https://b.example/path' is no origin"),
        ("FERMATA_SECRET", "easy to guess", "needs 32 characters or more that nobody can guess"),
        ("AUTH_MODE", "open", "'local', 'keys' or 'oauth'"),
        ("TOOLSETS", "core,albms", "no set of tools 'albms'; there are core, full, albums, artists"),
        ("TOOLSETS", "nope", "or names of toolsets, comma separated"),
        ("FERMATA_COMPAT", "other", "'seed' or 'iceener'"),
        ("FERMATA_MAX_SESSIONS", "0", "greater than or equal to 1. MCP sessions that may be open"),
        ("REDIS_URL", "http://127.0.0.1", "must begin with redis://"),
        ("QUOTA_CALLS_PER_DAY", "many", "valid integer"),
        ("WORKERS", "4", "start several with the same REDIS_URL"),
        ("FERMATA_PUBLIC_URL", "https://my_host.example", "without underscores"),
        ("FERMATA_PUBLIC_URL", "https://host.example:0", "no token could be bound to"),
        ("FERMATA_DEADLINE_S", "nan", "less than or equal to 3600"),
    ],
)
def test_a_bad_value_is_explained(name: str, value: str, said: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name}: ")
    assert said in problem


def test_a_secret_is_neither_shown_nor_complained_about_by_value() -> None:
    settings = Settings.from_env(APP)
    assert "hush" not in repr(settings)
    assert "hush" not in dict(settings.shown()).values()
    assert not any(
        "s3cret" in problem for problem in problems(SPOTIFY_API_URL="https://u:s3cret@host", PORT="s3cret")
    )


def test_pages_of_allowed_origins_may_call() -> None:
    guard = Settings.from_env(APP | {"ALLOWED_ORIGINS": "https://a.example, https://b.example"}).guard
    assert guard.objection("127.0.0.1:8080", "https://b.example") is None
    assert guard.objection("127.0.0.1:8080", "https://c.example") is not None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"FERMATA_DISCOVER_UP_TO": "100", "REDIS_URL": "redis://127.0.0.1"}, "single process"),
        ({"FERMATA_DISCOVER_UP_TO": "20", "RATE_LIMIT_CALLS": "30"}, "is below RATE_LIMIT_CALLS"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Settings.from_env(APP | settings)


def test_a_password_in_the_url_of_redis_is_not_shown() -> None:
    settings = Settings.from_env(APP | {"REDIS_URL": "redis://:hunter2@127.0.0.1:6379/0"})
    assert "hunter2" not in str(dict(settings.shown()))
    assert "hunter2" not in repr(settings)


def test_whoever_signs_in_to_another_gateway_on_the_same_redis_is_another_user_to_the_cache() -> None:
    def named(sign_in: str, secret: str = "hush") -> str:
        environ = APP | {"FERMATA_REFRESH_TOKEN": sign_in, "SPOTIFY_CLIENT_SECRET": secret}
        return Settings.from_env(environ).owners.of(LOCAL.id)

    assert named("alice") == named("alice")
    assert len({named("alice"), named("bob"), named("alice", "other app"), named("")}) == 4
    assert Settings.from_env(APP | {"FERMATA_REFRESH_TOKEN": "alice"}).owners.of("") == PUBLIC


def test_whatever_is_secret_is_known_to_the_log() -> None:
    secret = {
        "SPOTIFY_CLIENT_SECRET": "hush",
        "FERMATA_REFRESH_TOKEN": "r1",
        "FERMATA_SECRET": "sealing" * 5,
        "REDIS_URL": "redis://:one@127.0.0.1",
        "FERMATA_CACHE_REDIS_URL": "redis://:two@127.0.0.1",
    }
    assert set(Settings.from_env(APP | secret).secrets) == set(secret.values())


def test_programs_may_be_known_beforehand() -> None:
    named = "app=http://127.0.0.1:6274/callback, ide=cursor://a/cb,app=https://app.example/cb?x=1"
    assert Settings.from_env(APP | {"FERMATA_CLIENTS": named}).clients == {
        "app": ["http://127.0.0.1:6274/callback", "https://app.example/cb?x=1"],
        "ide": ["cursor://a/cb"],
    }


@pytest.mark.parametrize(
    "entry",
    [
        "app",
        "app=",
        "a b=https://app.example/cb",
        "app=http://app.example/cb",
        "app=javascript:x",
        "app=https://u@a/",
    ],
)
def test_a_program_that_no_code_could_be_sent_to_is_refused(entry: str) -> None:
    (problem,) = problems(FERMATA_CLIENTS=entry)
    assert problem.startswith("FERMATA_CLIENTS: takes id=redirect-uri")
