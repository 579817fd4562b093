"""Where a client's answers go: read alike by us and by browsers, or not used at all."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urlencode

from gateway.oauth.address import parse
from gateway.oauth.errors import ClientError
from gateway.oauth.redirect_rule import LOOPBACK, redirect_problem
from gateway.pages import Address


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect URI whose parts are certain.

    Attributes:
        uri: As the client wrote it.
        scheme: In small letters.
        place: Host, and port if it is not the usual one; empty for a scheme of a program's own.
        loopback: Whether it stays on the computer of the user.
    """

    uri: str
    scheme: str
    place: str
    loopback: bool

    @classmethod
    def of(cls, uri: str) -> Self:
        """Return `uri`, checked, whoever has checked it before: people are shown where it leads.

        Raises:
            ClientError: No code must ever be sent there.
        """
        if problem := redirect_problem(uri):
            raise ClientError(f"The redirect URI {problem}", code="invalid_request")
        web = parse(uri)
        scheme = uri.partition(":")[0].lower()
        if web is None:
            return cls(uri, scheme, place="", loopback=False)
        return cls(uri, scheme, place=web.origin.partition("//")[2], loopback=web.host in LOOPBACK)

    def address(self, issuer: str, state: str | None, **answer: str) -> Address:
        """Return where the browser takes `answer`, with the client's `state` and who answers (RFC 9207)."""
        fields = {**answer, **({} if state is None else {"state": state}), "iss": issuer}
        # Not as `+`: what reads an address of its own scheme does not always undo that.
        query = urlencode(fields, quote_via=quote, safe="")
        if "?" not in self.uri:
            return Address(f"{self.uri}?{query}")
        return Address(f"{self.uri}{'' if self.uri[-1] in '?&' else '&'}{query}")
