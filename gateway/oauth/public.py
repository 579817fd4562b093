"""Tells addresses that anybody on the internet could reach from all others; in doubt it is another one.

The lists are written out, because `ipaddress` knows them as of the Python that runs: 3.11 takes site-local
addresses and those for documentation (3fff::/20) for global ones, and in every version multicast may be global.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import Final

_SPECIAL4: Final = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
_UNICAST6: Final = IPv6Network("2000::/3")
"""All that was ever given out. Loopback, mapped IPv4, local, site-local and multicast addresses are outside."""
_SPECIAL6: Final = (
    # Protocol assignments with Teredo, documentation, 6to4, documentation. Tunnels hold any IPv4 address.
    *map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")),
)
_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Tell whether an IP address is a globally routable unicast one; any other text is none."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if ip in _NAT64:
        # Where there is no IPv4, each IPv4 host is seen through this prefix; it is as public as behind it.
        ip = IPv4Address(ip.packed[-4:])
    if isinstance(ip, IPv4Address):
        return ip.is_global and not any(ip in special for special in _SPECIAL4)
    return ip.is_global and ip in _UNICAST6 and not any(ip in special for special in _SPECIAL6)
