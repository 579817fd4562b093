"""Says what tokens are good for: each way in is a resource of its own, and all together are one too (RFC 8707)."""

import re
from dataclasses import dataclass
from typing import Final

from yarl import URL

from gateway.callers import Door
from gateway.oauth.errors import OAuthError

_ISSUER: Final = re.compile(r"https?://[0-9A-Za-z.:\[\]_-]+")
_LONGEST: Final = 2048
_PATHS: Final = (*((door.value, door) for door in Door), ("/api/v1", Door.REST))
"""Where each door is; the REST mirror has two prefixes."""


def covers(granted: str, asked: str) -> bool:
    """Tell whether a consent for the audience `granted` is one for `asked` too: the issuer covers its doors."""
    return asked == granted or asked.startswith(f"{granted}/")


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of one gateway.

    Attributes:
        issuer: Its public address without a trailing slash, which is the issuer of its tokens too.

    Raises:
        ValueError: The issuer is more than scheme, host and port; it goes into headers as it is.
    """

    issuer: str

    def __post_init__(self) -> None:
        if not _ISSUER.fullmatch(self.issuer):
            raise ValueError("issuer is scheme, host and port only, for example https://music.example.com")

    def audience(self, resource: str) -> str:
        """Return the audience that a client means by `resource`: the issuer, or a door below it as an address.

        An empty one means the issuer: clients of 2025-03-26 name none. What lies below a door means the door.

        Raises:
            OAuthError: `invalid_target`: it is no resource of this gateway.
        """
        path = self._path_of(resource)
        if path == "/":
            return self.issuer
        for start, door in _PATHS:
            if path == start or path.startswith(f"{start}/"):
                return f"{self.issuer}{door}"
        raise _unknown()

    def admits(self, audience: str, door: Door) -> bool:
        """Tell whether a token of `audience` is good at `door`."""
        return audience in (self.issuer, self.issuer + door)

    def metadata_address(self, door: Door) -> str:
        """Return where a door is described: `{issuer}/.well-known/oauth-protected-resource{door}` (RFC 9728)."""
        return f"{self.issuer}/.well-known/oauth-protected-resource{door}"

    def _path_of(self, resource: str) -> str:
        """Return the path of an address of this gateway, without the slash at its end."""
        if not resource:
            return "/"
        try:
            url = URL(resource[: _LONGEST + 1])
            # Host and scheme in small letters, without a port that goes without saying, as the issuer's are.
            ours = url.absolute and str(url.origin()) == str(URL(self.issuer).origin())
        except ValueError:
            raise _unknown() from None
        # A query is left aside: clients derive the resource from the address that they were given, whole.
        if (
            not ours
            or url.user is not None
            or url.password is not None
            or "#" in resource
            or len(resource) > _LONGEST
        ):
            raise _unknown()
        return url.path.rstrip("/") or "/"


def _unknown() -> OAuthError:
    return OAuthError(
        "invalid_target",
        "The resource is none of this gateway; send the one that its protected resource metadata names",
    )
