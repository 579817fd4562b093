import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import CATALOGUE
from gateway.errors import InvalidArgumentsError
from gateway.params import bind, render

ID = "4cJPC6Y0d1ias1xK2lB9S2"


def problems(endpoint: str, *raw: tuple[str, object]) -> tuple[str, ...]:
    with pytest.raises(InvalidArgumentsError) as caught:
        bind(CATALOGUE[endpoint], raw)
    return caught.value.problems


def test_a_valid_call_is_rendered_with_its_parameters_sorted() -> None:
    endpoint = CATALOGUE["search"]
    arguments = bind(endpoint, [("type", "track,album"), ("q", "A & B/ü"), ("limit", "7"), ("market", None)])
    request = render(endpoint, arguments)
    assert (request.method, request.path) == ("GET", "/search")
    assert request.query == (("limit", "7"), ("q", "A & B/ü"), ("type", "track,album"))


def test_json_and_url_spellings_of_a_call_are_the_same_call() -> None:
    endpoint = CATALOGUE["search"]
    assert bind(endpoint, [("q", "x"), ("type", "track,album"), ("limit", "7")]) == bind(
        endpoint, [("q", "x"), ("type", ["track", "album"]), ("limit", 7)]
    )


def test_saying_a_default_and_leaving_it_out_is_the_same_call() -> None:
    def query(endpoint: str, *raw: tuple[str, object]) -> tuple[tuple[str, str], ...]:
        return render(CATALOGUE[endpoint], bind(CATALOGUE[endpoint], raw)).query

    assert query("get-an-albums-tracks", ("id", ID), ("limit", 20), ("offset", "0")) == ()
    # What search without a limit means depends on the profile.
    assert query("search", ("q", "x"), ("type", "track"), ("limit", 20), ("offset", 0))[0] == ("limit", "20")


@pytest.mark.parametrize(
    ("endpoint", "raw", "named"),
    [
        ("search", [("q", "x")], "type is missing"),
        ("search", [("q", " "), ("type", "track")], "q: must be a text"),
        ("search", [("q", "x" * 1001), ("type", "track")], "q: must not be longer"),
        ("search", [("q", "x"), ("type", "song")], "type: may hold album"),
        ("search", [("q", "x"), ("type", "track,")], "type: must hold texts"),
        ("search", [("q", "x"), ("type", "track"), ("limit", "0")], "limit: must be a number from 1 to 50"),
        ("search", [("q", "x"), ("type", "track"), ("limit", "51")], "limit: must be a number from 1 to 50"),
        ("search", [("q", "x"), ("type", "track"), ("limit", "2.5")], "limit: must be a whole number"),
        ("search", [("q", "x"), ("type", "track"), ("limit", True)], "limit: must be a whole number"),
        ("search", [("q", "x"), ("type", "track"), ("offset", "-1")], "offset: must be a number from 0 to 1000"),
        ("search", [("q", "x"), ("type", "track"), ("offset", "1001")], "offset: must be a number from 0"),
        ("search", [("q", "x"), ("type", "track"), ("market", "usa")], "market: must be a country"),
        ("search", [("q", "x"), ("type", "track"), ("colour", "red")], "Unknown parameter 'colour'"),
        ("search", [("q", "x"), ("q", "y"), ("type", "track")], "q is given twice"),
        ("search", [("q", "x"), ("type", "track"), ("include_external", "video")], "must be audio"),
        ("get-track", [("id", "short")], "id: must be a Spotify id"),
        ("get-track", [("id", ID + "\n")], "id: must be a Spotify id"),
        ("get-several-tracks", [("ids", "")], "ids: must hold texts"),
        ("get-several-tracks", [("ids", ",".join([ID] * 51))], "ids: takes at most 50 of them, not 51"),
        ("get-multiple-albums", [("ids", ",".join([ID] * 21))], "ids: takes at most 20 of them"),
    ],
)
def test_a_bad_argument_is_named(endpoint: str, raw: list[tuple[str, object]], named: str) -> None:
    (problem,) = problems(endpoint, *raw)
    assert named in problem


def test_all_problems_are_reported_at_once() -> None:
    found = problems("search", ("limit", "x"), ("market", "1"), ("nonsense", "1"))
    assert len(found) == 5


@given(
    endpoint=st.sampled_from(sorted(CATALOGUE)),
    raw=st.lists(
        st.tuples(
            st.sampled_from(["q", "type", "market", "limit", "offset", "id", "ids", "include_groups", "x"]),
            st.one_of(
                st.text(), st.integers(), st.none(), st.lists(st.text(), max_size=3), st.floats(), st.just(ID)
            ),
        ),
        max_size=8,
    ),
)
def test_whatever_comes_is_either_sendable_or_refused_with_words(
    endpoint: str, raw: list[tuple[str, object]]
) -> None:
    try:
        request = render(CATALOGUE[endpoint], bind(CATALOGUE[endpoint], raw))
    except InvalidArgumentsError as error:
        assert error.problems
        assert all(error.problems)
    else:
        assert "{" not in request.path
        assert not set(request.path) & set("?#% \n")
