"""Keeps foreign pages out of a gateway that trusts this machine; one rule for REST and MCP.

A browser page can reach loopback by letting its own name resolve to it (DNS rebinding). Its requests then carry a
foreign `Host` or `Origin`, which no honest local client sends.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from yarl import URL

_REMEMBERED = 256
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a request is not read: HTTP status and what to do."""

    status: int
    message: str


_FOREIGN_HOST = Objection(
    HTTPStatus.MISDIRECTED_REQUEST,
    "The Host header names a host that this gateway does not answer for; use the address that it printed",
)
_FOREIGN_ORIGIN = Objection(
    HTTPStatus.FORBIDDEN,
    "The Origin header names a web page that may not call this gateway; add it to ALLOWED_ORIGINS if you trust it",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Who may ask.

    Attributes:
        hosts: Host names under which the gateway answers, in small letters, without port or brackets.
        origins: Origins of pages that may call it, such as `https://app.example`. Pages of this machine may call
            too, as long as the gateway is addressed as one of this machine.
        addresses: Whether every IP address will do as a host, for a gateway that listens on all of its machine's.
            A foreign page cannot profit: it is a name that can be made to lead here, never an address.

    Raises:
        ValueError: A name would never match, or would match everything.
    """

    hosts: frozenset[str] = LOOPBACK
    origins: frozenset[str] = frozenset()
    addresses: bool = False

    def __post_init__(self) -> None:
        if not self.hosts:
            raise ValueError("hosts is empty: name those that clients use to reach this gateway")
        if any(name != name.lower() for name in self.hosts | self.origins):
            raise ValueError("hosts and origins must be in small letters")
        if not all("://" in origin for origin in self.origins):
            raise ValueError("origins takes exact ones such as https://app.example, never *")

    def lists(self, origin: str | None) -> bool:
        """Tell whether pages of `origin` may read answers, because the settings name it."""
        return origin is not None and origin.lower() in self.origins

    def objection(self, host: str | None, origin: str | None) -> Objection | None:
        """Judge a request by its `Host` and `Origin` headers; None means welcome."""
        name = _host_of(f"http://{host}")
        if name not in self.hosts and not (self.addresses and _is_address(name)):
            return _FOREIGN_HOST
        # Programs send no origin.
        if origin is None or self.lists(origin):
            return None
        local = name in LOOPBACK and _host_of(origin) in LOOPBACK
        return None if local else _FOREIGN_ORIGIN


def remembering(guard: Guard) -> Callable[[str | None, str | None], Objection | None]:
    """Return its `objection` with a memory for as many pairs of headers as honest clients ever send."""
    return lru_cache(maxsize=_REMEMBERED)(guard.objection)


def _is_address(name: str | None) -> bool:
    try:
        return bool(ipaddress.ip_address(name or ""))
    except ValueError:
        return False


def _host_of(url: str) -> str | None:
    try:
        parts = URL(url)
    except ValueError:
        return None
    return parts.host if parts.scheme in {"http", "https"} else None
