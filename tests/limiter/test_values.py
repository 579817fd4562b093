"""The package's values: validated when made, immutable, and importable with the standard library alone."""

import subprocess
import sys
from math import inf, nan

import pytest

import limiter
from limiter import LimiterConfig, LimiterError, LimitKey, Priority, Refused


@pytest.mark.parametrize(
    "wrong",
    [
        {"calls": 0},
        {"window_s": 0.0},
        {"window_s": nan},
        {"guard_s": -0.1},
        {"guard_s": 1.0, "abort_guard_s": 0.5},
        {"max_waiting": 0},
        {"probe_timeout_s": inf},
        {"quota_pause_s": 0.0},
        {"default_pause_s": -1.0},
    ],
)
def test_an_unusable_config_cannot_be_made(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).removeprefix("abort_")):
        LimiterConfig(**wrong)  # type: ignore[arg-type]


def test_the_defaults_are_cautious() -> None:
    assert (LimiterConfig().calls, LimiterConfig().window_s) == (30, 30.0)


def test_a_key_is_a_value() -> None:
    key = LimitKey("account", "client", "search")
    assert key == LimitKey("account", "client", "search", user="")
    with pytest.raises(AttributeError):
        key.user = "me"  # type: ignore[misc]


def test_control_is_the_most_urgent() -> None:
    assert min(Priority) is Priority.CONTROL


def test_a_refusal_says_why_and_when_to_come_back() -> None:
    refusal = Refused("paused", retry_after_s=12.5)
    assert isinstance(refusal, LimiterError)
    assert (refusal.reason, refusal.retry_after_s) == ("paused", 12.5)
    assert "paused" in str(refusal)


def test_everything_exported_exists() -> None:
    assert sorted(limiter.__all__, key=str) == sorted(set(limiter.__all__))
    assert all(hasattr(limiter, name) for name in limiter.__all__)


def test_importing_it_loads_nothing_from_outside_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import limiter; "
        "print(*{m.partition('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert answer.stdout.split() == ["limiter"]
