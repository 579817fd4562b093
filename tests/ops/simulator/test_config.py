"""Settings are valid or refused, all problems at once."""

from typing import Any

import pytest

from ops.simulator import SimulatorConfig


def test_the_default_is_a_new_development_application() -> None:
    config = SimulatorConfig()
    assert (config.profile, config.limit, config.window_s, config.quota_per_day) == (
        "development",
        100,
        30.0,
        None,
    )


def test_all_problems_are_told_in_one_message() -> None:
    settings: dict[str, Any] = {"profile": "premium", "limit": 0, "window_s": -1, "quota_per_day": 0}
    with pytest.raises(ValueError, match=r"profile must be one of .*limit .*window_s .*quota_per_day"):
        SimulatorConfig(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"client_id": ""},
        {"client_id": "a:b"},
        {"client_secret": ""},
        {"token_ttl_s": 0},
        {"users": -1},
        {"users": 10_001},
        {"latency_s": -0.1},
        {"latency_s": float("nan")},
        {"window_s": float("inf")},
    ],
    ids=str,
)
def test_a_setting_out_of_range_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        SimulatorConfig(**settings)


def test_the_secret_is_not_shown() -> None:
    assert "hush" not in repr(SimulatorConfig(client_secret="hush"))


@pytest.mark.parametrize(
    ("profile", "enforced"),
    [("development", True), ("development_legacy", True), ("extended", False), ("extended_legacy", False)],
)
def test_only_development_mode_has_a_quota(profile: Any, enforced: bool) -> None:  # noqa: FBT001 - a table column
    assert SimulatorConfig(profile=profile, quota_per_day=5).has_quota is enforced
