"""What somebody allowed a client: who, which client, what, and where; everything issued carries one unchanged."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.oauth.errors import OAuthError
from gateway.oauth.resource import covers
from gateway.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One consent.

    Attributes:
        principal_id: Who gave it.
        client_id: To which client.
        scopes: What it may do, in Spotify's names.
        audience: Where its tokens are good; see `Resources.audience`.
        family: Random name that everything issued on account of this consent has in common, 22 characters or more
            out of `[A-Za-z0-9_-]`. Refresh tokens begin with it, so whoever knows it can end the family: a secret.
    """

    principal_id: str
    client_id: str
    scopes: frozenset[str]
    audience: str
    family: str = field(repr=False)

    @property
    def principal(self) -> Principal:
        """Who calls with a token of this grant."""
        return Principal(self.principal_id, self.client_id, self.scopes)

    def narrowed(self, *, scopes: frozenset[str] | None, audience: str | None) -> "Grant":
        """Return the part of it that a token request asks for; None asks for all.

        Raises:
            OAuthError: `invalid_scope` or `invalid_target` for more than was granted.
        """
        if scopes is not None and not scopes <= self.scopes:
            raise OAuthError("invalid_scope", "More is asked for than was granted; ask the user for it first")
        if audience is not None and not covers(self.audience, audience):
            raise OAuthError("invalid_target", "The consent is for another resource; ask the user for this one")
        return replace(
            self,
            scopes=self.scopes if scopes is None else scopes,
            audience=self.audience if audience is None else audience,
        )

    def document(self) -> dict[str, Any]:
        """Return it in JSON's types, for a vault."""
        return {
            "principal": self.principal_id,
            "client": self.client_id,
            "scopes": sorted(self.scopes),
            "audience": self.audience,
            "family": self.family,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Grant":
        """Return what `document` wrote; what it holds was sealed by this program, so it is not checked again."""
        return cls(
            principal_id=document["principal"],
            client_id=document["client"],
            scopes=frozenset(document["scopes"]),
            audience=document["audience"],
            family=document["family"],
        )
