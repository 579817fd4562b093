"""What a command line says of a sign-in, checked before anybody is asked anything."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from gateway.auth.scopes import SCOPES
from tools.least import least_scopes
from tools.selection import Selection

EVERYTHING: Final = "all"


class BadScopesError(ValueError):
    """Scopes were asked for that Spotify does not have; the text names those that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How somebody wants to sign in.

    Attributes:
        scopes: What is asked for.
        browser: Whether a browser on this machine can come back to it.
        timeout_s: How long the browser is waited for.
    """

    scopes: frozenset[str]
    browser: bool
    timeout_s: float


def scopes_of(text: str, selection: Selection) -> frozenset[str]:
    """Return the scopes that `text` names; without any, those that the tools of `selection` can use.

    Raises:
        BadScopesError: One of them does not exist.
    """
    names = frozenset(filter(None, text.replace(",", " ").split()))
    if not names:
        return least_scopes(selection)
    if EVERYTHING in names:
        return SCOPES
    unknown = sorted(names - SCOPES)
    if unknown:
        near = get_close_matches(unknown[0], SCOPES, n=1)
        hint = f"; did you mean {near[0]}?" if near else "."
        known = ", ".join(sorted(SCOPES))
        raise BadScopesError(
            f"--scopes: there is no scope {unknown[0][:60]!r}{hint} Choose `all`, or some of {known}"
        )
    return names
