"""What a seal opens, and what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.seal import Seal

SEAL = Seal(b"secret", purpose="vault")

KEPT = "019a39fe615d7652b56b1b4aee39d88e149fdb31e8bb62a89636657e45f2316a241e"
NAMED = "d76e4c726d0c5d1d3b409b456623eebf84487f2a011c1bd7"


@given(kind=st.text(), key=st.text(), value=st.binary())
def test_what_was_sealed_opens_in_its_place(kind: str, key: str, value: bytes) -> None:
    assert Seal(b"secret", purpose="vault").open(kind, key, SEAL.seal(kind, key, value)) == value


@given(st.data())
def test_a_value_with_a_flipped_bit_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(SEAL.seal("kind", "key", b"some value"))
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    assert SEAL.open("kind", "key", bytes(sealed)) is None


@given(st.integers(0, 38))
def test_a_value_that_was_cut_does_not_open(length: int) -> None:
    sealed = SEAL.seal("kind", "key", b"some value")
    assert len(sealed) == 39
    assert SEAL.open("kind", "key", sealed[:length]) is None


@given(st.binary(max_size=60))
def test_nothing_that_was_not_sealed_opens(data: bytes) -> None:
    assert SEAL.open("kind", "key", data) is None


@pytest.mark.parametrize("place", [("kind", "other"), ("other", "key"), ("kin", "dkey"), ("", "kindkey")])
def test_a_value_does_not_open_in_another_place(place: tuple[str, str]) -> None:
    assert SEAL.open(*place, SEAL.seal("kind", "key", b"value")) is None
    assert SEAL.name(*place) != SEAL.name("kind", "key")


@pytest.mark.parametrize("other", [Seal(b"secret2", purpose="vault"), Seal(b"secret", purpose="cookie")])
def test_another_secret_or_purpose_opens_nothing_and_names_it_otherwise(other: Seal) -> None:
    assert other.open("kind", "key", SEAL.seal("kind", "key", b"value")) is None
    assert other.name("kind", "key") != SEAL.name("kind", "key")


def test_equal_values_do_not_look_alike() -> None:
    assert len({SEAL.seal("kind", "key", b"value") for _ in range(100)}) == 100


def test_names_are_the_same_every_time_and_tell_nothing() -> None:
    name = Seal(b"secret", purpose="vault").name("kind", "a key")
    assert name == SEAL.name("kind", "a key")
    assert len(name) == 48
    assert set(name) <= set("0123456789abcdef")


def test_a_name_of_one_word_is_not_that_of_two() -> None:
    assert SEAL.name("kind") != SEAL.name("kind", "")


def test_what_was_sealed_by_an_earlier_version_still_opens() -> None:
    # Whoever changes the format must go on reading this one, or sign everybody out.
    sealed = bytes.fromhex(KEPT)
    assert SEAL.open("kind", "key", sealed) == b"value"
    assert SEAL.name("kind", "key") == NAMED


def test_without_a_secret_nothing_is_sealed() -> None:
    with pytest.raises(ValueError, match="FERMATA_SECRET"):
        Seal(b"", purpose="vault")


def test_no_text_form_of_a_seal_shows_the_secret() -> None:
    assert "secret" not in repr(SEAL)
