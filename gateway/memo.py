"""Keeps what a call was found to mean, so that the same call needs no checking and no planning again.

It says what to look for and for whom, never what was found or under which key: that is asked at every look.
"""

from dataclasses import dataclass

from gateway.endpoint import Endpoint
from gateway.params import UpstreamRequest
from gateway.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """A call that is one read and goes to Spotify as it is.

    Attributes:
        principal: Who called.
        called: Id of the endpoint that was called.
        lacking: Whether the app was known to lack it; what the call means hangs on that.
        endpoint: What is read.
        request: What Spotify is asked.
        for_all: Whether the app's own token reads, so that the answer is everybody's.
    """

    principal: Principal
    called: str
    lacking: bool
    endpoint: Endpoint
    request: UpstreamRequest
    for_all: bool
