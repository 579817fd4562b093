"""What can be wrong with a request to the authorization server, in the words of RFC 6749 and its kin."""


class OAuthError(Exception):
    """A request that is refused.

    Attributes:
        code: Error code of the protocol, such as `invalid_grant`.
        description: What is wrong and what to do, for the developer of the client; holds nothing that was sent.
        status: HTTP status where it is answered directly.
    """

    status = 400

    def __init__(self, code: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status


class ClientError(OAuthError):
    """There is no such client, or it may not do that. Nothing is ever redirected for one."""

    def __init__(self, description: str, *, code: str = "invalid_client", status: int = 400) -> None:
        super().__init__(code, description, status=status)
