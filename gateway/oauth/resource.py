"""Says what tokens are good for: each way in is a resource of its own, and all together are one too (RFC 8707)."""

from dataclasses import dataclass

from gateway.callers import Door


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
        raise NotImplementedError

    def admits(self, audience: str, door: Door) -> bool:
        """Tell whether a token of `audience` is good at `door`."""
        raise NotImplementedError

    def metadata_address(self, door: Door) -> str:
        """Return where a door is described: `{issuer}/.well-known/oauth-protected-resource{door}` (RFC 9728)."""
        raise NotImplementedError
