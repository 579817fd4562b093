"""Names in Redis: distinct, short, and an owner's can be found."""

from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from cache.shared.names import Names, decoded, encoded

NAMES = Names("n")
texts = st.text(st.characters(), max_size=20)


@given(texts, texts)
def test_two_keys_have_two_names_and_no_kind_has_anothers(one: str, other: str) -> None:
    names = {NAMES.entry(one), NAMES.claim(one), NAMES.stamp(one), NAMES.channel}
    assert len(names) == 4
    if one != other:
        assert names.isdisjoint({NAMES.entry(other), NAMES.claim(other), NAMES.stamp(other)})


@given(texts)
def test_a_stamp_is_known_again_by_its_name(key: str) -> None:
    assert NAMES.stamped(NAMES.stamp(key)) == key


@given(texts)
def test_any_text_survives_the_way_through_redis(text: str) -> None:
    assert decoded(encoded(text)) == text


def test_what_was_never_text_is_some_text() -> None:
    assert decoded(b"\xff\xfe") == "\xff\xfe"


@pytest.mark.parametrize("other", ["n:g", "n:", "", "n*", "n\n"])
def test_no_namespace_hears_of_anothers_stamps(other: str) -> None:
    assert not Names(other).stamp("g:u:1\nlibrary").startswith(NAMES.stamps)
    assert not NAMES.stamp("g:u:1\nlibrary").startswith(Names(other).stamps)


def test_only_the_owner_of_a_key_can_be_read_and_a_long_key_has_a_short_name() -> None:
    name = NAMES.entry("u:1\nGET\n/me/tracks\n" + "q=secret&" * 1000)
    assert name.startswith(b"fermata:cache:n:e:u:1\n")
    assert len(name) < 80


@pytest.mark.parametrize("owner", ["u:1", "u:*", "u:[a]", "u:\\", "u:?", "u:{1}"])
def test_the_pattern_of_an_owner_matches_what_is_his_and_nothing_else(redis_url: str, owner: str) -> None:
    names = Names(uuid4().hex)
    his = {names.entry(f"{owner}\nx"), names.stamp(f"{owner}\nlibrary")}
    others = {names.entry("u:12\nx"), names.entry("pub\nx"), names.entry("u:a\nx"), names.claim(f"{owner}\nx")}
    with closing(Redis.from_url(redis_url)) as client:
        for name in his | others:
            client.set(name, b"")
        found: Any = client.keys(names.owned(f"{owner}\n"))
    assert set(found) == his
