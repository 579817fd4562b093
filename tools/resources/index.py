"""Finds the resource that a URI names; a URI that names none is told from one with a wrong parameter."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote

from gateway.endpoint import Endpoint
from gateway.errors import InvalidArgumentsError, NotFoundError
from tools.resources.resource import SCHEME, Resource, Target, resources_of

LONGEST_URI: Final = 1024
_MOST_OPTIONS: Final = 20
_VARIABLE: Final = "{id}"


class UnknownResourceError(NotFoundError):
    """There is no such resource; Spotify was not asked."""

    def __init__(self, uri: str) -> None:
        super().__init__(
            f"Unknown resource: {uri[:80]}. resources/list and resources/templates/list name those that there are"
        )


class ResourceIndex:
    """The resources of a catalogue.

    Those that are not `served` are not listed. Who reads them all the same is told what to do instead.
    """

    def __init__(self, catalogue: Mapping[str, Endpoint], *, served: Callable[[Endpoint], bool]) -> None:
        everything = resources_of(catalogue)
        self._by_steps = {tuple(resource.path.split("/")): resource for resource in everything}
        self._kinds = {
            resource.path.split("/")[0].removesuffix("s"): resource
            for resource in everything
            if resource.path.split("/")[1:] == [_VARIABLE]
        }
        listed = [resource for resource in everything if served(resource.endpoint)]
        self.fixed: Sequence[Resource] = [resource for resource in listed if not resource.variable]
        self.templates: Sequence[Resource] = [
            resource for resource in listed if resource.variable or resource.options
        ]

    def find(self, uri: str) -> Target:
        """Return what `uri` names: `spotify://albums/ID?market=US`, or `spotify:album:ID`.

        Raises:
            UnknownResourceError: Nothing.
            InvalidArgumentsError: It has too many parameters; whether they are right is seen when it is read.
        """
        place, _, query = uri.partition("?")
        scheme, _, rest = place.partition(":")
        if len(uri) > LONGEST_URI or scheme.lower() != SCHEME or "#" in uri:
            raise UnknownResourceError(uri)
        found = self._at(rest[2:].split("/")) if rest.startswith("//") else self._named(rest.split(":"))
        if found is None:
            raise UnknownResourceError(uri)
        resource, value = found
        filled = ((resource.variable, value),) if resource.variable else ()
        return Target(resource, (*resource.bound.items(), *filled, *_options(query)))

    def template(self, uri: str) -> Resource | None:
        """Return the resource of that template, or None."""
        return next((one for one in self.templates if uri in {one.template, one.uri}), None)

    def _at(self, steps: list[str]) -> tuple[Resource, str] | None:
        exact = self._by_steps.get(tuple(steps))
        if exact is not None and not exact.variable:
            return exact, ""
        for place, step in enumerate(steps):
            template = (*steps[:place], _VARIABLE, *steps[place + 1 :])
            if step and (resource := self._by_steps.get(template)) is not None:
                return resource, unquote(step)
        return None

    def _named(self, words: list[str]) -> tuple[Resource, str] | None:
        """Find what a Spotify URI names, such as the words of `track:ID`."""
        kind, *rest = words
        resource = self._kinds.get(kind)
        return (resource, unquote(rest[0])) if resource is not None and len(rest) == 1 and rest[0] else None


def _options(query: str) -> list[tuple[str, object]]:
    try:
        return [*parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_OPTIONS)]
    except ValueError:
        raise InvalidArgumentsError([f"at most {_MOST_OPTIONS} parameters may follow the ?"]) from None
