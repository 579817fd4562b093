"""Takes web addresses apart by one strict rule: what two readers could take for different things is no address.

Browsers, libraries and servers disagree about backslashes, user info, dot segments, numbers for hosts and letters
beyond ASCII. None of that is mended here, all of it is refused.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

_PORTS: Final = {"http": 80, "https": 443}
_LARGEST_PORT: Final = 65_535
_LONGEST_HOST: Final = 253
# RFC 3986 without user info and fragment. All classes are spelt out: with IGNORECASE, letters such as the Kelvin
# sign would count as ASCII.
_SHAPE: Final = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/(?:[0-9A-Za-z._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?P<query>\?(?:[0-9A-Za-z._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_LABEL: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?")
# Browsers read a host whose last label looks like a number as an IPv4 address, in whatever base (WHATWG URL, 3.5).
_NUMBER: Final = re.compile(r"[0-9]+|0[Xx][0-9A-Fa-f]*")
_DOTS: Final = re.compile(r"(?:\.|%2[Ee]){1,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An http or https address.

    Attributes:
        scheme: `http` or `https`.
        host: In small letters; a name, a dotted IPv4 address, or an IPv6 address in brackets.
        port: As it was given, or the scheme's own.
        path: As it was given, perhaps empty.
        query: As it was given, with its question mark, or empty.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def origin(self) -> str:
        """Scheme, host, and the port unless it is the scheme's own."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def is_literal(self) -> bool:
        """Whether the host is an IP address."""
        return self.host.startswith("[") or _NUMBER.fullmatch(self.host.rpartition(".")[2]) is not None


def parse(text: str) -> Address | None:
    """Return the parts of an address; None if it is none, or one that could be read in two ways."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    scheme, host, path = match["scheme"].lower(), match["host"].lower(), match["path"] or ""
    port = int(match["port"] or _PORTS[scheme])
    if port > _LARGEST_PORT or not _is_host(host) or any(map(_DOTS.fullmatch, path.split("/"))):
        return None
    return Address(scheme=scheme, host=host, port=port, path=path, query=match["query"] or "")


def _is_host(host: str) -> bool:
    try:
        if host.startswith("["):
            return bool(IPv6Address(host[1:-1]))
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            return str(IPv4Address(host)) == host
    except AddressValueError:
        return False
    return len(host) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, host.split(".")))
