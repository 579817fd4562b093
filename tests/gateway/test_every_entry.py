"""Whatever a caller gives to any operation: it is sent as it should be, or refused by name at no cost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import PICTURE, TRACK, URI, example
from gateway.catalogue import CATALOGUE, path_params
from gateway.endpoint import Endpoint, Kind, Param
from gateway.errors import InvalidArgumentsError
from gateway.params import bind, render

ENTRIES = st.sampled_from(sorted(CATALOGUE.values(), key=lambda entry: entry.id))
WORDS = st.characters(exclude_categories=["Cs"], exclude_characters=",")
TEXTS = st.text(WORDS, min_size=1, max_size=50).filter(str.strip)

BAD: dict[Kind, list[Any]] = {
    "boolean": ["yes", 1, [], None],
    "id": ["", "short", TRACK + "x", 5, [TRACK], "../" + TRACK[3:]],
    "ids": [[], "", [TRACK, ""], ["short"], {"a": 1}, [5]],
    "integer": ["", "x", 2.5, "2.5", True, [1], -(10**19)],
    "jpeg": ["", "%%%", "aGVsbG8=", 5],
    "market": ["", "us", "USA", "U1", 5],
    "number": ["", "x", "nan", "inf", True, [1.0]],
    "occurrences": [[], "x", [URI], [{"uri": "x"}], [{"uri": URI, "more": 1}]],
    "position": [5, {}, {"position": "x"}, {"position": 1, "uri": URI}],
    "stamps": [[], [TRACK], [{"id": TRACK}], [{"id": TRACK, "added_at": 5}]],
    "text": [5, [], "x" * 1001],
    "uri": ["", TRACK, "spotify:track:short", "spotify:song:" + TRACK, 5],
    "uris": [[TRACK], [""], "spotify:track:x", 5],
    "word": [5, "\x00nonsense", ["track"]],
    "words": [[], [""], 5, [5]],
}
"""Values that no parameter of a kind takes."""


def good(param: Param) -> st.SearchStrategy[Any]:
    top = 10**6 if param.maximum is None else int(param.maximum)
    words = st.sampled_from(param.choices) if param.choices else TEXTS
    some = min(top, 5)
    return {
        "boolean": st.booleans(),
        "id": st.just(TRACK),
        "ids": st.lists(st.just(TRACK), min_size=1, max_size=some),
        "integer": st.integers(int(param.minimum), top),
        "jpeg": st.just(PICTURE),
        "market": st.sampled_from(["US", "DE"]),
        "number": st.floats(param.minimum, top),
        "occurrences": st.just([{"uri": URI}]),
        "position": st.sampled_from([{"position": 3}, {"uri": URI}]),
        "stamps": st.just([{"id": TRACK, "added_at": "2026-01-01T00:00:00Z"}]),
        "text": TEXTS,
        "uri": st.just(URI),
        "uris": st.lists(st.just(URI), min_size=1, max_size=some),
        "word": words,
        "words": st.lists(words, min_size=1, max_size=some),
    }[param.kind]


@given(entry=ENTRIES, data=st.data())
def test_good_values_are_sent_each_in_its_place(entry: Endpoint, data: st.DataObject) -> None:
    arguments = example(entry)
    changed = data.draw(st.sampled_from(entry.params)) if entry.params else None
    if changed is not None:
        arguments[changed.name] = data.draw(good(changed))
    try:
        request = render(entry, bind(entry, arguments.items()))
    except InvalidArgumentsError as error:
        # Each value is good by itself, so only a rule between them can be broken.
        assert entry.rules, error.problems
        return
    assert "{" not in request.path
    assert not set(request.path) & set("?#% \n") - {"%"}
    sent = {name for name, _ in request.query} | set(path_params(entry.path))
    for param in entry.params:
        if param.name in arguments and param.place == "query" and arguments[param.name] != param.default:
            assert param.name in sent


@given(entry=ENTRIES.filter(lambda entry: bool(entry.params)), data=st.data())
def test_a_bad_value_is_refused_by_the_name_of_its_field(entry: Endpoint, data: st.DataObject) -> None:
    param = data.draw(st.sampled_from(entry.params))
    value = data.draw(st.sampled_from(BAD[param.kind]))
    if value is None or (param.empty and value == []):
        return
    with pytest.raises(InvalidArgumentsError) as caught:
        bind(entry, {**example(entry), param.name: value}.items())
    assert [problem for problem in caught.value.problems if problem.startswith(f"{param.name}: ")]


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.id)
def test_what_is_required_is_missed_by_name(entry: Endpoint) -> None:
    required = [param.name for param in entry.params if param.required]
    if not required:
        bind(entry, example(entry).items())
        return
    with pytest.raises(InvalidArgumentsError) as caught:
        bind(entry, [])
    assert [problem.split()[0] for problem in caught.value.problems] == required


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.id)
def test_too_many_members_are_refused(entry: Endpoint) -> None:
    for param in entry.params:
        if param.kind not in {"ids", "uris"} or param.maximum is None:
            continue
        member = TRACK if param.kind == "ids" else URI
        with pytest.raises(InvalidArgumentsError, match=f"{param.name}: takes at most {param.maximum:g}"):
            bind(entry, {**example(entry), param.name: [member] * (int(param.maximum) + 1)}.items())
