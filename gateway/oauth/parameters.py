"""Reads the parameters of a request to the authorization endpoint; each is bounded, and none may come twice."""

from collections.abc import Sequence
from typing import Final

from multidict import MultiMapping

from gateway.oauth.errors import OAuthError

_LONGEST: Final = 2048
_LONGEST_STATE: Final = 4096
_MOST_RESOURCES: Final = 8


class Parameters:
    """The parameters of one request.

    Every method raises `OAuthError` (`invalid_request`) for what is missing, too long or given twice.
    """

    def __init__(self, query: MultiMapping[str]) -> None:
        self._query = query

    def needed(self, name: str) -> str:
        """Return one that must be there."""
        value = self.optional(name)
        if not value:
            raise OAuthError("invalid_request", f"{name} is missing")
        return value

    def optional(self, name: str, *, longest: int = _LONGEST) -> str | None:
        """Return one that need not be there."""
        values = self._query.getall(name, [])
        if len(values) > 1:
            raise OAuthError("invalid_request", f"{name} is given more than once")
        if values and len(values[0]) > longest:
            raise OAuthError("invalid_request", f"{name} is longer than {longest} characters")
        return values[0] if values else None

    @property
    def state(self) -> str | None:
        """What the client wants back, as it is."""
        return self.optional("state", longest=_LONGEST_STATE)

    @property
    def resources(self) -> Sequence[str]:
        """The resources named, which may be several (RFC 8707)."""
        values = self._query.getall("resource", [])
        if len(values) > _MOST_RESOURCES or any(len(value) > _LONGEST for value in values):
            raise OAuthError("invalid_target", "resource is given too often, or is too long")
        return values
