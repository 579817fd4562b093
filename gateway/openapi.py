"""Describes the REST mirror as an OpenAPI 3.1 document; every entry of the catalogue is in it exactly once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.catalogue import path_params
from gateway.endpoint import Emulation, Endpoint, Own, Param, Profile, Removed
from gateway.openapi_answers import Document, answers_of, components
from gateway.openapi_options import parameters, references
from gateway.rule_words import told
from gateway.schema import object_of, schema_of

_ABOUT = (
    "The Spotify Web API behind one shared budget and one cache: point a Spotify client at this address and leave "
    "the rest of it as it is. The same operations are under /api/v1, where a search also takes query for q. "
    "Errors keep Spotify's shape and say what to do; retry_after is there whenever waiting helps. A method that a "
    "path does not have is answered with 405."
)
_BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "A gateway key, an access token of this gateway, or a Spotify token of your own: whichever it "
    "takes. The answer to a request without one says which.",
}
_PROFILES = tuple(profile for profile in Profile if profile is not Profile.AUTO)


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    about: str
    paths: tuple[str, ...]


_TAGS = (
    _Tag("Search", "One question over the whole catalogue.", ("/search",)),
    _Tag("Tracks", "Songs, and what was measured of them.", ("/tracks", "/audio-features", "/audio-analysis")),
    _Tag("Albums", "Albums and their tracks.", ("/albums",)),
    _Tag("Artists", "Artists and their work.", ("/artists",)),
    _Tag("Audiobooks", "Audiobooks and chapters, in a few markets.", ("/audiobooks", "/chapters")),
    _Tag("Shows", "Podcasts and their episodes.", ("/shows", "/episodes")),
    _Tag("Browse", "What editors and algorithms offer.", ("/browse", "/markets", "/recommendations")),
    _Tag("Users", "People, their taste, and whom they follow.", ("/me", "/users")),
    _Tag(
        "Playlists",
        "Playlists and what is on them.",
        ("/playlists", "/me/playlists", "/users/{user_id}/playlists"),
    ),
    _Tag(
        "Library",
        "What the user has saved.",
        ("/me/library", "/me/albums", "/me/tracks", "/me/episodes", "/me/shows", "/me/audiobooks"),
    ),
    _Tag("Player", "What plays; commands need Premium.", ("/me/player",)),
)
"""Groups of operations by the start of their paths; of several that fit, the longest counts."""


def openapi(catalogue: Mapping[str, Endpoint], *, version: str) -> Document:
    """Return the document; `version` is the gateway's own.

    Raises:
        ValueError: A path belongs to no group.
    """
    paths: dict[str, Document] = {}
    for endpoint in catalogue.values():
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    used = {operation["tags"][0] for item in paths.values() for operation in item.values()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fermata", "version": version, "description": _ABOUT},
        "servers": [{"url": "/v1", "description": "This gateway."}],
        "tags": [{"name": tag.name, "description": tag.about} for tag in _TAGS if tag.name in used],
        "paths": paths,
        # None of them where the gateway serves this machine only.
        "security": [{}, {"bearer": []}],
        "components": {**components(), "parameters": parameters(), "securitySchemes": {"bearer": dict(_BEARER)}},
    }


def _operation(endpoint: Endpoint) -> Document:
    document: Document = {
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "description": " ".join(_remarks(endpoint)),
        "tags": [_tag_of(endpoint.path)],
        "parameters": [*_parameters(endpoint), *references()],
        "requestBody": _request_body(endpoint),
        "responses": answers_of(endpoint),
        "x-token": endpoint.auth.value,
        "x-scopes": list(endpoint.scopes),
        "x-quota-family": endpoint.family,
        "x-kept-seconds": endpoint.cache.ttl_s if endpoint.method == "GET" else 0,
        "x-profiles": {profile.value: _label(endpoint.emulation.get(profile)) for profile in _PROFILES},
    }
    return {name: value for name, value in document.items() if value not in ("", [], {})}


def _tag_of(path: str) -> str:
    starts = [(start, tag.name) for tag in _TAGS for start in tag.paths if f"{path}/".startswith(f"{start}/")]
    if not starts:
        raise ValueError(f"{path} belongs to no group of the OpenAPI document; add its start to one of _TAGS")
    return max(starts)[1]


def _parameters(endpoint: Endpoint) -> Iterator[Document]:
    in_path = path_params(endpoint.path)
    for param in endpoint.params:
        if param.name in in_path:
            yield _parameter(param, "path")
        elif param.place != "body":
            yield _parameter(param, "query")


def _parameter(param: Param, place: str) -> Document:
    schema = schema_of(param)
    about = schema.pop("description")
    if schema.get("type") == "array":
        # An empty list cannot be told from an empty text in a URL.
        schema["minItems"] = 1
    document: Document = {"name": param.name, "in": place, "schema": schema}
    if param.place == "either":
        document["description"] = f"{about} May travel in the body instead{_needed(param)}."
    else:
        document |= {"description": about, "required": param.required}
    return document if schema.get("type") != "array" else {**document, "style": "form", "explode": False}


def _needed(param: Param) -> str:
    return ", and must be in one of the two" if param.required else ""


def _request_body(endpoint: Endpoint) -> Document:
    params = [param for param in endpoint.params if param.place != "query"]
    if picture := next((param for param in params if param.kind == "jpeg"), None):
        return {"required": True, "content": {"image/jpeg": {"schema": schema_of(picture)}}}
    if not params:
        return {}
    body = object_of(params)
    # What may be in the URL instead cannot be demanded here.
    demanded = [param.name for param in params if param.required and param.place == "body"]
    body.pop("required", None)
    if demanded:
        body["required"] = demanded
    return {
        "required": bool(demanded),
        "content": {"application/json": {"schema": _or_bare(body, endpoint.bare_list)}},
    }


def _or_bare(body: Document, only: Param | None) -> Document:
    """Add to an object the list that may stand in its place."""
    if only is None:
        return body
    return {"anyOf": [body, {**schema_of(only), "description": f"Alone, it stands for {only.name}."}]}


def _label(emulation: Emulation | None) -> str:
    return "yes" if emulation is None else emulation.label


def _remarks(endpoint: Endpoint) -> Iterator[str]:
    yield from (remark for rule in endpoint.rules if (remark := told(rule)))
    for profile, emulation in endpoint.emulation.items():
        match emulation:
            case Removed(instead=instead) | Own(instead=instead):
                yield f"Apps of the profile {profile.value}: {emulation.label}; {instead}."
