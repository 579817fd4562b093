"""Says what tokens are good for: each way in is a resource of its own, and all together are one too (RFC 8707)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.callers import Door
from gateway.oauth.address import parse
from gateway.oauth.errors import OAuthError

# A percent sign is in none of our paths. Whoever decodes one could be led elsewhere than whoever does not.
_PATH: Final = re.compile(r"(?P<way>/api/v1|/[0-9a-z]+)(?:/[0-9A-Za-z._~,:-]+)*/?")
_WAYS: Final[Mapping[str, Door]] = {
    **{door.value: door for door in Door},
    "/api/v1": Door.REST,
    # Where the clients of `/sse` send.
    "/messages": Door.SSE,
}


def covers(granted: str, asked: str) -> bool:
    """Tell whether a consent for the audience `granted` is one for `asked` too: the issuer covers its doors."""
    return asked == granted or asked.startswith(f"{granted}/")


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of one gateway.

    Attributes:
        issuer: Its public address without a trailing slash, which is the issuer of its tokens too.
    """

    issuer: str

    def audience(self, resource: str) -> str:
        """Return the audience that a client means by `resource`: the issuer, or a door below it as an address.

        An empty one means the issuer: clients of 2025-03-26 name none. What lies below a door means the door.

        Raises:
            OAuthError: `invalid_target`: it is no resource of this gateway.
        """
        address = parse(resource or self.issuer)
        if address is None or address.query or address.origin != self.issuer:
            raise _no_target()
        if address.path in {"", "/"}:
            return self.issuer
        match = _PATH.fullmatch(address.path)
        door = _WAYS.get(match["way"]) if match else None
        if door is None:
            raise _no_target()
        return self.issuer + door.value

    def has(self, audience: str) -> bool:
        """Tell whether `audience` is of this gateway, whose public address may have been another one before."""
        return covers(self.issuer, audience)

    def admits(self, audience: str, door: Door) -> bool:
        """Tell whether a token of `audience` is good at `door`."""
        return covers(audience, self.issuer + door.value)

    def path(self, door: Door, below: str) -> str:
        """Return the path of what lies `below` a door; that of the door itself if no resource would lie there."""
        path = f"{door.value}/{below}"
        return path if below and _PATH.fullmatch(path) else door.value

    def metadata_address(self, path: str) -> str:
        """Return where a path is described: `{issuer}/.well-known/oauth-protected-resource{path}` (RFC 9728)."""
        return f"{self.issuer}/.well-known/oauth-protected-resource{path}"


def _no_target() -> OAuthError:
    doors = ", ".join(door.value for door in Door)
    return OAuthError(
        "invalid_target",
        f"resource is none of this gateway; name its public address, alone or with {doors} behind it",
    )
