"""Parameters of a query or form, as RFC 6749 wants them: an empty one is left out, and none comes twice."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from ops.simulator.answers import OAuthError

FORM_TYPE: Final = "application/x-www-form-urlencoded"
BYTES: Final = "surrogateescape"
"""How bytes that are no UTF-8 are kept, so that a state comes back exactly as it was sent."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names with their values, and the names that came more than once."""

    values: Mapping[str, str]
    repeated: frozenset[str]

    @staticmethod
    def of(text: str) -> "Parameters":
        """Parse what follows the question mark of a URL, or the body of a form."""
        pairs = parse_qsl(text, errors=BYTES)
        counts = Counter(name for name, _ in pairs)
        return Parameters(dict(pairs), frozenset(name for name, count in counts.items() if count > 1))

    def __getitem__(self, name: str) -> str:
        """The value of a name, or empty text."""
        return self.values.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self.values


async def read_form(request: web.Request) -> Parameters:
    """The form that a request carries.

    Raises:
        OAuthError: invalid_request for anything but a form in which every name comes once.
    """
    if request.content_type != FORM_TYPE:
        raise OAuthError("invalid_request", f"Content-Type must be {FORM_TYPE}")
    form = Parameters.of((await request.read()).decode(errors=BYTES))
    if form.repeated:
        raise OAuthError("invalid_request", "A parameter came more than once")
    return form
