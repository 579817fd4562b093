"""A batch read as the other form of single reads: many of them become one request, and one answer many; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from cache import Answer
from gateway.endpoint import Endpoint, FanOut
from gateway.errors import UpstreamUnavailableError
from gateway.params import UpstreamRequest
from gateway.trim import trimmed

_NOT_THERE = Answer(HTTPStatus.NOT_FOUND, b'{"error":{"status":404,"message":"Resource not found"}}')
"""What Spotify answers to the single read of an id that is null in a batch."""


@dataclass(frozen=True, slots=True)
class Form:
    """How single reads of one kind share a call.

    Attributes:
        batch: The endpoint that takes many ids.
        way: What takes its place where an app lacks it: the single reads.
        most: Ids that it takes at most.
    """

    batch: Endpoint
    way: FanOut
    most: int

    def request(self, ids: Iterable[str], query: Sequence[tuple[str, str]]) -> UpstreamRequest:
        """Return the batch read of `ids`; `query` is that of each single read."""
        return UpstreamRequest("GET", self.batch.path, tuple(sorted([*query, ("ids", ",".join(ids))])))

    def split(self, body: bytes, ids: Sequence[str]) -> Mapping[str, Answer]:
        """Return what a single read of each of the `ids` would have been answered.

        Raises:
            UpstreamUnavailableError: This is not the answer to a batch read.
        """
        try:
            members = orjson.loads(body)[self.way.field]
            found = dict(zip(ids, members, strict=True)) if len(members) == len(ids) else _by_id(members)
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise UpstreamUnavailableError("Spotify's answer to a batch read has no list; try again") from error
        return {one: _NOT_THERE if found.get(one) is None else _alone(found[one]) for one in ids}


def _by_id(members: Iterable[Any]) -> dict[str, Any]:
    return {member["id"]: member for member in members if member is not None}


def _alone(member: Any) -> Answer:
    return Answer(HTTPStatus.OK, trimmed(orjson.dumps(member)))


def id_of(request: UpstreamRequest) -> str:
    """Return the id that a single read is about: it ends the path, and ids need no quoting."""
    return request.path.rsplit("/", 1)[-1]


def forms_of(catalogue: Mapping[str, Endpoint]) -> Mapping[str, Form]:
    """Return the batch form of every single read that has one, by the id of the single endpoint."""
    return {
        way.endpoint_id: Form(endpoint, way, int(ids.maximum))
        for endpoint in catalogue.values()
        for way in endpoint.emulation.values()
        if isinstance(way, FanOut) and way.whole
        if (ids := endpoint.param("ids")) is not None and ids.maximum is not None
    }
