import base64
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.catalogue import CATALOGUE
from gateway.endpoint import Kind, Param
from gateway.schema import object_of, schema_of
from gateway.schema_words import words_of
from gateway.values import ValueProblem, convert

ID = "N5Nsdg2e67FsJcAciO5tNI"
URI = f"spotify:track:{ID}"
PICTURE = base64.b64encode(b"\xff\xd8\xff" + bytes(40)).decode()


def param(kind: Kind, **extra: Any) -> Param:
    return Param(name="x", kind=kind, about="About x.", **extra)


def fits(shape: Param, value: object) -> bool:
    return Draft202012Validator(schema_of(shape)).is_valid(value)


def passes(shape: Param, value: object) -> bool:
    try:
        convert(shape, value)
    except ValueProblem:
        return False
    return True


LIST = {"maximum": 2}
EXAMPLES: list[tuple[Param, list[object], list[object]]] = [
    (param("boolean"), [True, False], [1, "yes", None]),
    (param("id"), [ID], ["short", ID + "x", 7]),
    (param("ids", **LIST), [[ID], [ID, ID]], [[], [ID] * 3, ["short"], [7], {}]),
    (param("integer", minimum=1, maximum=50), [1, 50], [0, 51, True, 1.5, "many"]),
    (param("integer"), [0, 10**17], [-1, 1.5]),
    (param("jpeg"), [PICTURE], ["", "x", PICTURE[:-1], base64.b64encode(b"GIF89a").decode(), PICTURE * 9000]),
    (param("market"), ["US"], ["us", "USA", "", 7]),
    (param("number", maximum=1), [0, 0.5, 1], [-0.1, 1.1, True]),
    (param("number"), [0, 1e9], [-1, None]),
    (param("occurrences", **LIST), [[{"uri": URI}], [{"uri": URI, "positions": [0, 1]}]],
     [[], [{}], [{"uri": "x"}], [{"uri": URI, "positions": []}], [{"uri": URI, "y": 1}], [{"uri": URI}] * 3]),
    (param("position"), [{"position": 3}, {"uri": URI}], [{}, {"position": -1}, {"uri": "x"}, {"z": 1}, 3]),
    (param("stamps", **LIST), [[{"id": ID, "added_at": "2026-01-01T00:00:00Z"}]],
     [[], [{"id": ID}], [{"id": "x", "added_at": ""}], [{"id": ID, "added_at": 1}]]),
    (param("text"), ["a", " a "], ["", " ", "x" * 1001, 7]),
    (param("text", empty=True), ["", "a"], ["x" * 1001, 7]),
    (param("uri"), [URI, "spotify:user:Smörre"], ["x", "spotify:song:" + ID, "spotify:user:a b", 7]),
    (param("uris", **LIST), [[URI]], [[], [URI] * 3, ["x"]]),
    (param("uris", empty=True), [[], [URI]], [["x"]]),
    (param("word", choices=("a", "b")), ["a"], ["c", "", 7]),
    (param("words", choices=("a", "b")), [["a"], ["a", "b"]], [[], ["c"], [""]]),
    (param("words", **LIST), [["anything"]], [[], ["a", "b", "c"], [" "]]),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "good", "bad"), EXAMPLES, ids=lambda given: getattr(given, "kind", None))
def test_the_schema_and_the_check_agree(shape: Param, good: list[object], bad: list[object]) -> None:
    for value in good:
        assert (fits(shape, value), passes(shape, value)) == (True, True), value
    for value in bad:
        assert (fits(shape, value), passes(shape, value)) == (False, False), value


def test_there_is_an_example_of_every_kind() -> None:
    assert {shape.kind for shape, _, _ in EXAMPLES} == set(get_args(Kind))


def test_positions_are_not_bounded_by_the_number_of_members() -> None:
    shape, value = param("occurrences", **LIST), [{"uri": URI, "positions": [2, 3]}]
    assert (fits(shape, value), passes(shape, value)) == (True, True)


SCALARS = st.none() | st.booleans() | st.integers() | st.text("spotify:track,user US09aZé \n", max_size=40)


@given(shape=st.sampled_from([shape for shape, _, _ in EXAMPLES]), value=SCALARS | st.lists(SCALARS, max_size=3))
def test_whatever_fits_is_taken(shape: Param, value: object) -> None:
    assert passes(shape, value) or not fits(shape, value)


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.id)
def test_every_parameter_of_the_catalogue_is_described(entry: Any) -> None:
    schema = object_of(entry.params)
    Draft202012Validator.check_schema(schema)
    assert list(schema["properties"]) == [param.name for param in entry.params]
    assert schema.get("required", []) == [param.name for param in entry.params if param.required]
    for one in entry.params:
        described = schema["properties"][one.name]
        assert described["description"] == one.about
        assert described.get("default") == one.default
        assert words_of(described)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (param("integer", minimum=1, maximum=50, default=20), "integer 1 to 50, default 20"),
        (param("integer"), "integer from 0"),
        (param("ids", maximum=20), "list of id, up to 20"),
        (param("word", choices=("a", "b")), "a | b"),
        (param("position"), "{position} or {uri}"),
        (param("occurrences"), "list of {uri, positions?}"),
        (param("jpeg"), "image/jpeg in base64"),
        (param("boolean"), "true | false"),
    ],
)
def test_a_schema_is_said_in_a_few_words(shape: Param, words: str) -> None:
    assert words_of(schema_of(shape)) == words
