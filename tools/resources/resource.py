"""One resource: how it is called, what of the catalogue it stands for, and what clients are told of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import mcp_types as types

from gateway.catalogue import path_params
from gateway.endpoint import Auth, Endpoint, Own, Param
from tools.resources.table import ROWS, Row

MIME_TYPE: Final = "application/json"
SCHEME: Final = "spotify"

_OWN_PRIORITY: Final = 0.8
"""What is the user's own is mostly what an agent is asked about."""


class Resource:
    """One row of the table together with its entry of the catalogue.

    Attributes:
        endpoint: The entry that reads it.
        title: What people see.
        bound: Parameters that the URI stands for.
        changes_with: The parts of a user's account with which it changes, if a write can change them.
        path: What its URI says after `spotify://`, with `{id}` for what the reader fills in.
        variable: The parameter that `{id}` is; empty if there is none.
        options: The parameters that may follow after a question mark.
    """

    def __init__(self, row: Row, endpoint: Endpoint, *, written: Collection[str]) -> None:
        self.endpoint = endpoint
        self.title = row.title
        self.changes_with = tuple(tag for tag in endpoint.tags if tag in written)
        self.bound: Mapping[str, str] = row.bound
        free = [name for name in path_params(endpoint.path) if name not in row.bound]
        self.variable = "".join(free)
        named = {**row.bound, self.variable: "{id}"}
        self.path = row.path or endpoint.path.format_map(named).removeprefix("/")
        taken = {*row.bound, self.variable}
        self.options = tuple(param for param in endpoint.params if param.name not in taken)

    @property
    def uri(self) -> str:
        """The URI; a template if there is something to fill in."""
        return f"{SCHEME}://{self.path}"

    @property
    def template(self) -> str:
        """The URI with everything that a reader may say (RFC 6570)."""
        names = [param.name for param in self._current()]
        return f"{self.uri}{{?{','.join(names)}}}" if names else self.uri

    @property
    def name(self) -> str:
        """A name for programs."""
        return self.title.lower().replace(" ", "-")

    @property
    def description(self) -> str:
        """What it is, what it needs and when it changes, for people and agents."""
        scopes = self.endpoint.scopes
        needs = f" Needs a signed-in user with {', '.join(scopes)}." if self.endpoint.auth is Auth.USER else ""
        told = " Subscribers are told when a write through this gateway may have changed it."
        return f"{self.endpoint.summary}.{needs}{told if self.changes_with else ''}"

    def scope(self, given: Mapping[str, object]) -> Literal["public", "private"]:
        """Tell whose an answer to `given` is: everybody's if the app's own token reads it in every profile."""
        named = self.endpoint.auth is Auth.MARKET and "market" in given
        borrowed = any(isinstance(way, Own) for way in self.endpoint.emulation.values())
        return "public" if (self.endpoint.auth is Auth.APP or named) and not borrowed else "private"

    def describe(self) -> types.Resource:
        """Return what `resources/list` shows; only for one with nothing to fill in."""
        return types.Resource(
            uri=self.uri,
            name=self.name,
            title=self.title,
            description=self.description,
            mime_type=MIME_TYPE,
            annotations=self._annotations,
        )

    def describe_template(self) -> types.ResourceTemplate:
        """Return what `resources/templates/list` shows."""
        return types.ResourceTemplate(
            uri_template=self.template,
            name=self.name,
            title=self.title,
            description=self.description,
            mime_type=MIME_TYPE,
            annotations=self._annotations,
        )

    @property
    def _annotations(self) -> types.Annotations | None:
        return types.Annotations(priority=_OWN_PRIORITY) if self.path.partition("/")[0] == "me" else None

    def _current(self) -> list[Param]:
        """Return the options that are worth naming: `country` is an older name of `market`."""
        older = "country" if self.endpoint.param("market") else ""
        return [param for param in self.options if param.name != older]


def resources_of(catalogue: Mapping[str, Endpoint], rows: Iterable[Row] = ROWS) -> list[Resource]:
    """Return the resources of `catalogue` in the order of `rows`."""
    written = {tag for entry in catalogue.values() for tag in entry.invalidates}
    return [Resource(row, catalogue[row.endpoint_id], written=written) for row in rows]


@dataclass(frozen=True, slots=True)
class Target:
    """What one URI names: a resource, and the arguments that the URI holds for it, unchecked."""

    resource: Resource
    given: tuple[tuple[str, object], ...]
