from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pytest_aiohttp.plugin import AiohttpClient

from cache import NEVER
from gateway.app import create_app
from gateway.catalogue import CATALOGUE
from gateway.endpoint import Endpoint, Param, Profile, Removed
from gateway.guards import Guard
from gateway.observer import NullObserver
from gateway.openapi import openapi
from gateway.problem import Problem, response_of
from gateway.reference import reference
from gateway.reference_page import page
from gateway.rules import AtLeastOne, AtMostOne, Needs, Together

DOCUMENT = orjson.loads(orjson.dumps(openapi(CATALOGUE, version="1.2.3")))
OPERATIONS: dict[str, Any] = {
    operation["operationId"]: operation for item in DOCUMENT["paths"].values() for operation in item.values()
}


def test_it_says_how_callers_show_who_they_are() -> None:
    assert DOCUMENT["security"] == [{}, {"bearer": []}]
    assert DOCUMENT["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def entry(*params: Param, path: str = "/tracks", **extra: Any) -> Endpoint:
    return Endpoint(id="x", path=path, summary="X", family="f", cache=NEVER, params=params, **extra)


def described(one: Endpoint) -> Any:
    """What the document says of the only entry of a catalogue."""
    document = openapi({one.id: one}, version="1")
    validate(document)
    return document["paths"][one.path][one.method.lower()]


def text(name: str, **extra: Any) -> Param:
    return Param(name=name, kind="text", about=f"About {name}.", **extra)


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")
    assert DOCUMENT["info"]["version"] == "1.2.3"
    assert DOCUMENT["servers"][0]["url"] == "/v1"


def test_every_entry_is_there_exactly_once() -> None:
    count = sum(len(item) for item in DOCUMENT["paths"].values())
    assert count == len(OPERATIONS) == len(CATALOGUE)
    for one in CATALOGUE.values():
        operation = DOCUMENT["paths"][one.path][one.method.lower()]
        assert operation["operationId"] == one.id
        assert operation["summary"] == one.summary


@pytest.mark.parametrize("one", CATALOGUE.values(), ids=lambda one: one.id)
def test_every_parameter_is_where_it_may_travel(one: Endpoint) -> None:
    operation = OPERATIONS[one.id]
    listed = {(param["in"], param["name"]) for param in operation["parameters"] if "$ref" not in param}
    shapes = [media["schema"] for media in operation.get("requestBody", {}).get("content", {}).values()]
    bodies = [shape.get("anyOf", [shape])[0] for shape in shapes]
    listed |= {("body", name) for body in bodies for name in body.get("properties", ["image"])}
    expected = set()
    for param in one.params:
        places = {"either": ("query", "body")}.get(param.place, (param.place,))
        in_path = f"{{{param.name}}}" in one.path
        expected |= {("path", param.name)} if in_path else {(place, param.name) for place in places}
    assert listed == expected


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("/me", "Users"),
        ("/me/top/{type}", "Users"),
        ("/me/tracks/contains", "Library"),
        ("/me/player/play", "Player"),
        ("/me/playlists", "Playlists"),
        ("/users/{user_id}/playlists", "Playlists"),
        ("/markets", "Browse"),
    ],
)
def test_operations_are_grouped_by_path(path: str, tag: str) -> None:
    assert all(operation["tags"] == [tag] for operation in DOCUMENT["paths"][path].values())


def test_a_path_of_no_group_is_told() -> None:
    with pytest.raises(ValueError, match="/moods belongs to no group"):
        openapi({"x": entry(path="/moods")}, version="1")


def test_a_list_in_the_url_is_comma_separated_and_never_empty() -> None:
    several = Param(name="ids", kind="uris", empty=True, about="Ids.")
    param = described(entry(several))["parameters"][0]
    assert (param["style"], param["explode"]) == ("form", False)
    assert param["schema"]["minItems"] == 1


def test_what_may_be_in_either_place_is_required_in_neither_and_says_so() -> None:
    operation = described(entry(text("a", place="either", required=True), method="PUT"))
    assert operation["parameters"][0].get("required", False) is False
    assert operation["parameters"][0]["description"] == (
        "About a. May travel in the body instead, and must be in one of the two."
    )
    assert operation["requestBody"]["required"] is False
    assert "required" not in operation["requestBody"]["content"]["application/json"]["schema"]


def test_what_belongs_in_the_body_is_required_there() -> None:
    operation = described(entry(text("a", place="body", required=True), text("b", place="body"), method="PUT"))
    assert all("$ref" in param for param in operation["parameters"])
    assert operation["requestBody"]["required"] is True
    assert operation["requestBody"]["content"]["application/json"]["schema"]["required"] == ["a"]
    assert "413" in operation["responses"]


def test_the_one_list_may_be_the_whole_body() -> None:
    ids = Param(name="ids", kind="ids", about="Ids.", place="either")
    schema = described(entry(ids, method="PUT"))["requestBody"]["content"]["application/json"]["schema"]
    assert [choice["type"] for choice in schema["anyOf"]] == ["object", "array"]
    two = described(entry(ids, replace(ids, name="more"), method="PUT"))
    assert two["requestBody"]["content"]["application/json"]["schema"]["type"] == "object"


def test_a_picture_is_the_whole_body() -> None:
    content = OPERATIONS["upload-custom-playlist-cover"]["requestBody"]["content"]
    assert list(content) == ["image/jpeg"]
    assert content["image/jpeg"]["schema"]["contentEncoding"] == "base64"


def test_rules_and_ways_around_are_said() -> None:
    names = ("a", "b", "c")
    rules = (
        AtMostOne(names[:2]),
        AtLeastOne(names),
        AtLeastOne(("a",)),
        Needs("a", ("b", "c")),
        Together(names, 5),
    )
    gone = {Profile.DEVELOPMENT: Removed("ask elsewhere")}
    operation = described(entry(*map(text, names), rules=rules, emulation=gone))
    assert operation["description"] == (
        "At most one of a and b may be given. At least one of a, b and c must be given. a must be given. "
        "a needs b or c. a, b and c may hold 5 members in all. "
        "Apps of the profile development: refused; ask elsewhere."
    )
    assert operation["x-profiles"] == {
        "extended_legacy": "yes", "extended": "yes", "development_legacy": "yes", "development": "refused"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("get-track", {"200"}),
        ("get-information-about-the-users-current-playback", {"200", "204"}),
        ("pause-a-users-playback", {"204", "2XX"}),
        ("create-playlist", {"201", "2XX"}),
    ],
)
def test_answers_are_listed_by_status(name: str, statuses: set[str]) -> None:
    responses = OPERATIONS[name]["responses"]
    errors = {"400", "401", "403", "404", "421", "429", "502", "503", "504"}
    assert set(responses) - {"413"} == statuses | errors
    assert all("X-Cache" in responses[status]["headers"] for status in statuses)


def test_every_operation_takes_the_same_headers_which_are_described_once() -> None:
    names = ("X-Priority", "X-Deadline-Ms", "X-Dry-Run", "X-Partial")
    for operation in OPERATIONS.values():
        references = [param["$ref"] for param in operation["parameters"] if "$ref" in param]
        assert references == [f"#/components/parameters/{name}" for name in names]
    described = DOCUMENT["components"]["parameters"]
    assert described["X-Priority"]["schema"]["enum"] == ["control", "interactive", "background", "crawl"]
    html = page(DOCUMENT)
    assert all(html.count(f"<code>{name}</code>") >= 1 for name in names)


def test_a_batch_that_may_be_incomplete_says_so() -> None:
    assert "X-Missing-Ids" in OPERATIONS["get-several-tracks"]["responses"]["200"]["headers"]
    assert "X-Missing-Ids" not in OPERATIONS["get-track"]["responses"]["200"]["headers"]


@pytest.mark.parametrize(
    "problem",
    [
        Problem(status=400, message="No."),
        Problem(status=403, message="No.", reason="UNSUPPORTED_IN_PROFILE"),
        Problem(status=429, message="Wait.", code="rate_limited", reason="BUDGET_SPENT", retry_after_s=3.2),
    ],
)
def test_errors_are_as_they_are_rendered(problem: Problem) -> None:
    body = response_of(problem, now=0.0).body
    assert isinstance(body, bytes)
    Draft202012Validator(DOCUMENT["components"]["schemas"]["Error"]).validate(orjson.loads(body))


class Elements(HTMLParser):
    """Tags, anchors and references of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith(("on", "style"))
            if name == "id":
                self.ids.append(value or "")
            elif name in {"href", "src", "action"}:
                self.references.append(value or "")


def test_the_page_has_every_operation_and_loads_nothing() -> None:
    html = page(DOCUMENT)
    found = Elements(html)
    assert set(OPERATIONS) <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))
    assert not found.tags & {"script", "link", "img", "iframe", "object", "form", "base"}
    inside = {f"#{name}" for name in found.ids}
    assert set(found.references) - inside == {"openapi.json"}
    assert not any(word in html for word in ("http:", "https:", "url(", "@import"))


def test_the_page_shows_parameters_statuses_and_profiles() -> None:
    html = page(
        openapi(
            {"x": entry(text("colour", required=True), emulation={Profile.EXTENDED: Removed("y")})}, version="1"
        )
    )
    for part in (
        "<code>colour</code>",
        "required",
        "About colour.",
        "400",
        "504",
        "development_legacy",
        "refused",
    ):
        assert part in html


def test_what_the_catalogue_says_cannot_break_the_page() -> None:
    html = page(
        openapi({"x": entry(Param(name="a", kind="text", about="<script>alert(1)</script>"))}, version="<b>")
    )
    assert "script" not in Elements(html).tags
    assert "&lt;script&gt;" in html


async def test_both_are_served(aiohttp_client: AiohttpClient) -> None:
    app = create_app(
        None,  # type: ignore[arg-type]  # nothing of the mirror is called
        CATALOGUE,
        guard=Guard(),
        observer=NullObserver(),
        clock=lambda: 0.0,
        mounts=[reference(CATALOGUE, version="1.2.3")],
    )
    client = await aiohttp_client(app)
    async with client.get("/openapi.json") as response:
        assert response.content_type == "application/json"
        assert await response.json() == DOCUMENT
    async with client.get("/docs") as response:
        assert response.content_type == "text/html"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert await response.text() == page(DOCUMENT)
