import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.sign_in import CONSENT_DAYS, SignIn

_TIMES = st.floats(min_value=0, max_value=1e11, allow_nan=False)
_TEXTS = st.text(max_size=20)
SIGN_INS = st.builds(
    SignIn,
    consent=_TEXTS,
    refresh_token=_TEXTS,
    access_token=_TEXTS,
    expires_at=_TIMES,
    scopes=st.none() | st.frozensets(_TEXTS, max_size=4),
    authorized_at=st.none() | _TIMES,
    user_id=_TEXTS,
    user_name=_TEXTS,
    with_secret=st.booleans(),
)
ONE = SignIn(consent="c", refresh_token="AQhidden", access_token="BQhidden", expires_at=1000.0)


@given(SIGN_INS)
def test_what_is_written_is_read_again(sign_in: SignIn) -> None:
    assert SignIn.decode(sign_in.encode()) == sign_in


@given(st.binary(max_size=60))
def test_what_nobody_wrote_is_no_sign_in(data: bytes) -> None:
    assert SignIn.decode(data) is None


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"version": None},
        {"refresh_token": None},
        {"expires_at": "soon"},
        {"expires_at": None},
        {"scopes": [1]},
        {"scopes": 3},
        {"authorized_at": []},
    ],
)
def test_a_record_of_another_version_or_shape_is_none(change: dict[str, object]) -> None:
    assert SignIn.decode(orjson.dumps(orjson.loads(ONE.encode()) | change)) is None


def test_a_record_without_one_of_its_members_is_none() -> None:
    document = orjson.loads(ONE.encode())
    for name in document:
        assert SignIn.decode(orjson.dumps({key: value for key, value in document.items() if key != name})) is None


def test_no_token_is_printed() -> None:
    assert "hidden" not in repr(ONE) + str(ONE)


def test_a_consent_is_counted_down_to_its_end_and_not_beyond() -> None:
    sign_in = SignIn(consent="c", refresh_token="r", authorized_at=1000.0)
    assert sign_in.days_left(1000.0) == CONSENT_DAYS
    assert sign_in.days_left(1000.0 + 86_400 * 165) == CONSENT_DAYS - 165
    assert sign_in.days_left(1000.0 + 86_400 * 300) == 0
    assert ONE.days_left(1000.0) is None


def test_a_token_is_fresh_while_it_is_good_for_another_minute() -> None:
    assert ONE.is_fresh(939.9)
    assert not ONE.is_fresh(940.0)
    assert not SignIn(consent="c", refresh_token="r", expires_at=1e12).is_fresh(0.0)
