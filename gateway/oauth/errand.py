"""What a browser is under way for; what was asked for at the start is what is given in the end."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from gateway.auth.observer import Way


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
        besides: What Spotify is asked for besides, since the user's other programs have it; empty at first.
    """

    client_id: str
    client_name: str
    redirect_uri: str
    state: str | None = field(repr=False)
    challenge: str
    scopes: frozenset[str]
    audience: str
    besides: frozenset[str] = frozenset()

    @property
    def way(self) -> Way:
        """How the user signs in."""
        return "program"

    @property
    def wanted(self) -> frozenset[str]:
        """What Spotify is asked for."""
        return self.scopes | self.besides


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySignIn:
    """The holder of a gateway key wants to sign in.

    Attributes:
        scopes: What Spotify is asked for.
        principal_id: Who it is; empty as long as no key was typed.
    """

    scopes: frozenset[str]
    principal_id: str = ""

    @property
    def way(self) -> Way:
        """How the user signs in."""
        return "key"

    @property
    def wanted(self) -> frozenset[str]:
        """What Spotify is asked for."""
        return self.scopes


Errand = Authorization | KeySignIn

_KINDS: dict[str, type[Errand]] = {"authorization": Authorization, "key": KeySignIn}


_SETS: Final = frozenset({"scopes", "besides"})


def encode(errand: Errand) -> dict[str, Any]:
    """Return `errand` as something to write as JSON."""
    kind = next(kind for kind, type_ in _KINDS.items() if type(errand) is type_)
    fields = {name: sorted(value) if name in _SETS else value for name, value in asdict(errand).items()}
    return {"kind": kind, **fields}


def decode(data: dict[str, Any]) -> Errand:
    """Return what `encode` wrote.

    Raises:
        KeyError, TypeError: It did not.
    """
    fields: dict[str, Any] = {name: frozenset(value) if name in _SETS else value for name, value in data.items()}
    kind = _KINDS[fields.pop("kind")]
    return kind(**fields)
