"""Reads the form of a request to the token endpoint and its kin, and who sends it; refuses what is ambiguous."""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from aiohttp import web

from gateway.oauth.errors import ClientError, OAuthError

MAX_BODY_BYTES: Final = 16 * 1024
_MAX_FIELDS: Final = 64


class Form(Mapping[str, str]):
    """The parameters of a request; those without a value count as absent (RFC 6749, 3.2).

    Raises:
        OAuthError: One comes twice that may come only once.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        given = [(name, value) for name, value in pairs if value]
        # Only this one may come more than once (RFC 8707, 2).
        self.resources: Sequence[str] = [value for name, value in given if name == "resource"]
        once = [pair for pair in given if pair[0] != "resource"]
        self._values = dict(once)
        if len(self._values) < len(once):
            raise OAuthError("invalid_request", "A parameter comes more than once; send each once")

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def need(self, name: str) -> str:
        """Return a parameter that must be there.

        Raises:
            OAuthError: It is not.
        """
        if name not in self._values:
            raise OAuthError("invalid_request", f"{name} is missing")
        return self._values[name]


async def read_form(request: web.Request) -> Form:
    """Read a form.

    Raises:
        OAuthError: It is none, or too long.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "Send the parameters as application/x-www-form-urlencoded in the body")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise OAuthError(
                "invalid_request",
                f"The body is longer than {MAX_BODY_BYTES} bytes",
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        raise OAuthError("invalid_request", "The body is no form") from None
    return Form(pairs)


def client_id_of(form: Form, authorization: str | None) -> str:
    """Return the client id of a request, empty if it names none.

    Libraries that were told of no secret often send an empty one, and some do so by Basic; both are let pass.

    Args:
        form: What was sent.
        authorization: The `Authorization` header.

    Raises:
        ClientError: A secret was sent, though no client has one; or two different ids.
    """
    if form.get("client_secret"):
        raise _no_secrets()
    scheme, _, text = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", "")
    try:
        name, _, secret = b64decode(text.strip(), validate=True).decode("ascii").partition(":")
    except ValueError:
        raise ClientError("The Authorization header cannot be read; send client_id in the body instead") from None
    # Both halves are form-encoded first (RFC 6749, 2.3.1).
    client_id = unquote_plus(name)
    if secret:
        raise _no_secrets()
    if form.get("client_id", client_id) != client_id:
        raise OAuthError("invalid_request", "The client ids in the header and in the body are not the same")
    return client_id


def _no_secrets() -> ClientError:
    # Not ignored: it may be the secret of the Spotify app, which must not go about.
    return ClientError(
        "Clients of this server have no secret; remove it from the client's settings and use the method none",
        status=HTTPStatus.UNAUTHORIZED,
    )
