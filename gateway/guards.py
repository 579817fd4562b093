"""Keeps foreign pages out of a gateway that trusts this machine; pure, shared by REST and MCP.

A browser page can reach loopback by letting its own name resolve to it (DNS rebinding); its requests then carry a
foreign `Host` or `Origin`, which no honest local client does.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from yarl import URL

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Who may ask.

    Attributes:
        hosts: Host names, without port, under which the gateway answers.
        origins: Origins of pages that may call it, besides pages from the loopback hosts among `hosts`.
    """

    hosts: AbstractSet[str] = field(default=_LOOPBACK)
    origins: AbstractSet[str] = frozenset()

    def allows_host(self, header: str | None) -> bool:
        """Tell whether a `Host` header names this gateway, whatever the port."""
        return header is not None and _host_of(f"http://{header}") in self.hosts

    def allows_origin(self, header: str | None) -> bool:
        """Tell whether a request with this `Origin` may be answered; programs send none."""
        if header is None or header in self.origins:
            return True
        return header != "null" and _host_of(header) in _LOOPBACK.intersection(self.hosts)


def _host_of(url: str) -> str | None:
    try:
        return URL(url).host
    except ValueError:
        return None
