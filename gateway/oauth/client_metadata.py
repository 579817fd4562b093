"""Reads what a program says of itself, in the words of RFC 7591; nothing of it is believed."""

from collections.abc import Sequence
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.oauth.redirect_rule import redirect_problem

GRANT_TYPES: Final = ("authorization_code", "refresh_token")
RESPONSE_TYPES: Final = ("code",)
_MOST_REDIRECTS: Final = 50

_Texts = Annotated[list[str], Field(max_length=_MOST_REDIRECTS)]


class MetadataError(Exception):
    """What was said cannot be used; the text says what to change, and repeats nothing of it.

    Attributes:
        code: Error code of RFC 7591.
    """

    def __init__(self, message: str, *, code: str = "invalid_client_metadata") -> None:
        super().__init__(message)
        self.code = code


class ClientMetadata(BaseModel):
    """The members that mean something here; all others are ignored. Null counts as absent."""

    model_config = ConfigDict(strict=True, frozen=True)

    redirect_uris: _Texts
    client_name: str | None = None
    client_uri: str | None = None
    grant_types: _Texts | None = None
    response_types: _Texts | None = None

    @classmethod
    def read(cls, body: bytes | bytearray) -> Self:
        """Return what a JSON object says.

        Raises:
            MetadataError: It is none, or a member cannot be used.
        """
        try:
            said = cls.model_validate_json(body)
        except ValidationError as error:
            raise _member_problem(error) from None
        _check_redirects(said.redirect_uris)
        _check_flow(said)
        return said

    @property
    def granted_types(self) -> Sequence[str]:
        """The grant types that the client asks for and gets; those that are unknown here are left out."""
        asked = self.grant_types or GRANT_TYPES[:1]
        return [grant for grant in GRANT_TYPES if grant in asked]


def _member_problem(error: ValidationError) -> MetadataError:
    # The message is pydantic's and the place is a name of ours or a number: neither repeats what was sent.
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"]))
    if not place:
        return MetadataError("Send a JSON object with redirect_uris and client_name")
    code = "invalid_redirect_uri" if place.startswith("redirect_uris") else "invalid_client_metadata"
    return MetadataError(f"{place}: {first['msg']}", code=code)


def _check_redirects(uris: Sequence[str]) -> None:
    if not uris:
        raise MetadataError("redirect_uris names none: name where codes may be sent", code="invalid_redirect_uri")
    for place, uri in enumerate(uris):
        if problem := redirect_problem(uri):
            raise MetadataError(f"redirect_uris.{place} {problem}", code="invalid_redirect_uri")


def _check_flow(said: ClientMetadata) -> None:
    if said.grant_types and GRANT_TYPES[0] not in said.grant_types:
        raise MetadataError("grant_types must hold authorization_code: programs act for users here, never alone")
    if said.response_types and RESPONSE_TYPES[0] not in said.response_types:
        raise MetadataError("response_types must hold code: tokens are given for codes only")
