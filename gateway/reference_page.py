"""Renders the OpenAPI document as one page for people; it works without scripts and loads nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from gateway.openapi_answers import Document
from gateway.reference_style import STYLE
from gateway.schema_words import words_of


def page(document: Document) -> str:
    """Return the HTML page of `document`, which `gateway.openapi` made."""
    operations = [*_operations(document)]
    groups = [(tag, [one for one in operations if tag["name"] in one[2]["tags"]]) for tag in document["tags"]]
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_title(document)}: reference</title><style>{STYLE}</style></head>",
            f'<body><div class="page">{_navigation(groups)}<main>',
            *_introduction(document),
            *(part for tag, members in groups for part in _group(tag, members)),
            "</main></div></body></html>",
        ]
    )


_Operation = tuple[str, str, Document]
"""Method, path and description."""


def _operations(document: Document) -> Iterator[_Operation]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def _title(document: Document) -> str:
    return escape(document["info"]["title"])


def _navigation(groups: Iterable[tuple[Document, Sequence[_Operation]]]) -> str:
    parts = ['<nav aria-label="Operations"><ul><li><a class="tag" href="#top">Overview</a></li></ul>']
    for tag, members in groups:
        parts.append(f'<a class="tag" href="#{_anchor(tag)}">{escape(tag["name"])}</a><ul>')
        parts += (
            f'<li><a href="#{escape(one["operationId"])}">{_method(method)}<span>{escape(one["summary"])}</span>'
            "</a></li>"
            for method, _, one in members
        )
        parts.append("</ul>")
    return "".join([*parts, "</nav>"])


def _introduction(document: Document) -> Iterator[str]:
    yield f'<h1 id="top">{_title(document)} <small>{escape(document["info"]["version"])}</small></h1>'
    yield f"<p>{escape(document['info']['description'])}</p>"
    yield '<p>For programs, the same as OpenAPI 3.1: <a href="openapi.json">openapi.json</a></p>'
    parts = document["components"]
    yield "<h4>Headers that any call may carry</h4>"
    options = (
        _parameter(name, one["in"], one["schema"], needed=False, about=one["description"])
        for name, one in parts["parameters"].items()
    )
    yield _table(("name", "in", "value", "meaning"), options)
    yield "<h4>Headers of answers</h4>"
    yield _table(("header", "what it says"), _described(parts["headers"]))
    yield "<h4>Errors</h4>"
    errors = ((_code(name[-3:]), escape(one["description"])) for name, one in parts["responses"].items())
    yield _table(("status", "what happened and what to do"), errors)
    fields = parts["schemas"]["Error"]["properties"]["error"]["properties"]
    yield "<h4>Fields of <code>error</code></h4>"
    yield _table(("field", "what it says"), _described(fields))
    yield "<h4>What becomes of a call in a profile</h4>"
    yield _table(("word", "what it means"), ((escape(word), escape(about)) for word, about in _LABELS.items()))


_LABELS: Mapping[str, str] = {
    "yes": "Spotify has it, and gets the call as it is.",
    "pages of N": "A larger limit is asked for in pages.",
    "single reads": "The batch becomes one read per id, through the cache.",
    "as library": "Ids become URIs for /me/library, 40 at a time.",
    "as items": "Asked for under /items, answered in the shape of /tracks.",
    "new shape": "Contents are under items, and under tracks if fields says so.",
    "own only": "For the signed-in user only.",
    "refused": "Answered with 403 and the way around; nothing is sent.",
}


def _described(things: Mapping[str, Document]) -> Iterator[Sequence[str]]:
    return ((_code(name), escape(thing["description"])) for name, thing in things.items())


def _group(tag: Document, members: Iterable[_Operation]) -> Iterator[str]:
    yield f'<section><h2 id="{_anchor(tag)}">{escape(tag["name"])}</h2>'
    yield f'<p class="soft">{escape(tag["description"])}</p>'
    for method, path, operation in members:
        yield from _article(method, path, operation)
    yield "</section>"


def _article(method: str, path: str, operation: Document) -> Iterator[str]:
    name = escape(operation["operationId"])
    yield f'<article id="{name}"><h3><a href="#{name}">{_method(method)}<code>{escape(path)}</code></a></h3>'
    yield f'<p>{escape(operation["summary"])}. <span class="soft">{name}</span></p>'
    if "description" in operation:
        yield f"<p>{escape(operation['description'])}</p>"
    if rows := [*_parameters(operation)]:
        yield "<h4>Parameters</h4>"
        yield _table(("name", "in", "value", "meaning"), rows)
    yield "<h4>Profiles</h4>"
    profiles = operation["x-profiles"]
    yield _table([escape(name) for name in profiles], [[_served(label) for label in profiles.values()]])
    yield f"{_facts(operation)}</article>"


def _parameters(operation: Document) -> Iterator[Sequence[str]]:
    for param in operation.get("parameters", ()):
        if "$ref" in param:
            # Every operation has those; they are described at the top.
            continue
        needed = param.get("required", False)
        yield _parameter(param["name"], param["in"], param["schema"], needed=needed, about=param["description"])
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        # A bare list, the other choice, says nothing that the object does not.
        schema = content["schema"].get("anyOf", [content["schema"]])[0]
        if "properties" not in schema:
            yield _parameter(f"({media})", "body", schema, needed=True, about=schema["description"])
        for name, shape in schema.get("properties", {}).items():
            needed = name in schema.get("required", ())
            yield _parameter(name, "body", shape, needed=needed, about=shape["description"])


def _parameter(name: str, place: str, schema: Mapping[str, Any], *, needed: bool, about: str) -> Sequence[str]:
    star = '<span class="needed">required</span>' if needed else ""
    return f"{_code(name)}{star}", place, escape(words_of(schema)), escape(about)


def _facts(operation: Document) -> str:
    kept = operation["x-kept-seconds"]
    facts = {
        "token": operation["x-token"],
        "scopes": " ".join(operation.get("x-scopes", ())) or "none",
        "counted as": operation["x-quota-family"],
        "kept": f"{kept:g} s" if kept else "no",
        "answers": " ".join(operation["responses"]),
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    return f'<dl class="facts">{listed}</dl>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _served(label: str) -> str:
    return f'<span class="{"refused" if label == "refused" else "served"}">{escape(label)}</span>'


def _anchor(tag: Document) -> str:
    return f"tag-{escape(tag['name'].lower())}"


def _method(method: str) -> str:
    return f'<span class="method {method}">{method.upper()}</span>'


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
