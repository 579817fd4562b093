"""Tells what a user must grant for a set of tools to work, and nothing beyond it, without making one of them."""

from collections.abc import Iterable, Iterator, Sequence

from gateway.auth.scopes import lacking
from gateway.catalogue import CATALOGUE
from gateway.endpoint import Endpoint, ScopeRule
from gateway.params import bind
from tools.curated import curated_kinds
from tools.generated.toolsets import TOOLSETS
from tools.outcome import Call
from tools.selection import CORE, Selection


def least_scopes(selection: Selection) -> frozenset[str]:
    """Return the scopes that the tools of `selection` can use."""
    curated = curated_kinds(read_only=selection.read_only) if selection.has(CORE) else ()
    return useful_scopes([*curated, *_of_generated(selection)])


def useful_scopes(kinds: Iterable[Call]) -> frozenset[str]:
    """Return all scopes that calls of these kinds, as `Tool.kinds` has them, can use."""
    return frozenset(scope for name, given in kinds for scope in _useful(CATALOGUE[name], given))


def _of_generated(selection: Selection) -> Iterator[Call]:
    for toolset, of in TOOLSETS.items():
        for name in of.operations if selection.has(toolset) else ():
            if not selection.read_only or CATALOGUE[name].method == "GET":
                yield name, ()


def _useful(endpoint: Endpoint, given: Sequence[tuple[str, object]]) -> Sequence[str]:
    # One route for things of all kinds: a tool that names tracks has no use for what it needs for artists.
    if endpoint.scope_rule is ScopeRule.URIS and given:
        return lacking(endpoint, bind(endpoint, given), frozenset())
    return endpoint.scopes
