"""Tells requests of this machine from others; what somebody passed on from elsewhere counts as from elsewhere."""

import ipaddress
from typing import Final

from aiohttp import hdrs, web

from gateway.guards import Guard

_PASSED_ON: Final = (hdrs.FORWARDED, hdrs.X_FORWARDED_FOR, hdrs.X_FORWARDED_HOST, hdrs.VIA, "X-Real-IP")
_HERE: Final = Guard()


def is_nearby(request: web.BaseRequest) -> bool:
    """Tell whether a program on this machine sent `request`, addressed to this machine.

    A proxy on this machine that keeps the public name in `Host`, or adds one of the usual headers, does not count.
    """
    try:
        near = ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
    told = any(name in request.headers for name in _PASSED_ON)
    return near and not told and _HERE.objection(request.headers.get(hdrs.HOST), None) is None
