"""What a browser is under way for; what was asked for at the start is what is given in the end."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A client wants a code.

    Attributes:
        client_id: Which client.
        client_name: What it calls itself, fit to be shown.
        redirect_uri: Where the code is sent.
        state: What the client wants back; None if it sent none.
        challenge: Its PKCE challenge (S256).
        scopes: What it asks for.
        audience: Where its tokens are to be good.
    """

    client_id: str
    client_name: str
    redirect_uri: str
    state: str | None = field(repr=False)
    challenge: str
    scopes: frozenset[str]
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySignIn:
    """The holder of a gateway key wants to sign in.

    Attributes:
        scopes: What Spotify is asked for.
        principal_id: Who it is; empty as long as no key was typed.
    """

    scopes: frozenset[str]
    principal_id: str = ""


Errand = Authorization | KeySignIn

_KINDS: dict[str, type[Errand]] = {"authorization": Authorization, "key": KeySignIn}


def encode(errand: Errand) -> dict[str, Any]:
    """Return `errand` as something to write as JSON."""
    kind = next(kind for kind, type_ in _KINDS.items() if type(errand) is type_)
    return {"kind": kind, **asdict(errand), "scopes": sorted(errand.scopes)}


def decode(data: dict[str, Any]) -> Errand:
    """Return what `encode` wrote.

    Raises:
        KeyError, TypeError: It did not.
    """
    fields = dict(data)
    kind = _KINDS[fields.pop("kind")]
    return kind(**{**fields, "scopes": frozenset(fields["scopes"])})
