"""What somebody allowed a client: who, which client, what, and where; everything issued carries one unchanged."""

from dataclasses import dataclass

from gateway.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One consent.

    Attributes:
        principal_id: Who gave it.
        client_id: To which client.
        scopes: What it may do, in Spotify's names.
        audience: Where its tokens are good; see `Resources.audience`.
        family: Random name that everything issued on account of this consent has in common.
    """

    principal_id: str
    client_id: str
    scopes: frozenset[str]
    audience: str
    family: str

    @property
    def principal(self) -> Principal:
        """Who calls with a token of this grant."""
        return Principal(self.principal_id, self.client_id, self.scopes)
