import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.ratelimit import fields_of
from limiter import LimitStatus

FREE = LimitStatus(limit=30, window_s=30.0, free=12, in_flight=1, waiting=0, reset_s=0.0, paused_s=0.0)
MEMBER = r'"(window|day)"(;[a-z]+=(0|[1-9][0-9]{0,14}))+'
FIELD = re.compile(f"{MEMBER}(, {MEMBER})?")


def test_free_calls_are_told_with_the_size_of_the_window() -> None:
    assert fields_of(FREE) == {"RateLimit-Policy": '"window";q=30;w=30', "RateLimit": '"window";r=12'}


def test_a_spent_window_tells_when_the_next_call_may_leave() -> None:
    spent = replace(FREE, free=0, reset_s=4.2)
    assert fields_of(spent)["RateLimit"] == '"window";r=0;t=5'


def test_during_a_pause_nothing_is_free() -> None:
    assert fields_of(replace(FREE, paused_s=79_999.5))["RateLimit"] == '"window";r=0;t=80000'


def test_a_counted_day_is_a_second_policy() -> None:
    day = replace(FREE, day_limit=500, day_used=488, day_reset_s=3600.5)
    assert fields_of(day) == {
        "RateLimit-Policy": '"window";q=30;w=30, "day";q=500;w=86400',
        "RateLimit": '"window";r=12, "day";r=12;t=3601',
    }
    over = replace(day, day_used=501)
    assert fields_of(over)["RateLimit"].endswith('"day";r=0;t=3601')


@given(
    status=st.builds(
        LimitStatus,
        limit=st.integers(1, 100_000),
        window_s=st.floats(0.001, 3600),
        free=st.integers(0, 100_000),
        in_flight=st.just(0),
        waiting=st.just(0),
        reset_s=st.floats(0, 1e6),
        paused_s=st.floats(0, 1e7),
        day_limit=st.integers(0, 10**6),
        day_used=st.integers(0, 10**6),
        day_reset_s=st.floats(0, 86_400),
    )
)
def test_both_fields_are_lists_of_structured_items_with_whole_numbers(status: LimitStatus) -> None:
    for value in fields_of(status).values():
        assert FIELD.fullmatch(value), value
