"""Asks a running gateway over its REST mirror, as one who has time: with background priority and a deadline."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import orjson

from gateway.options import DEADLINE, PRIORITY

DEADLINE_S: Final = 10
"""A batch of single reads answers for what was had by then: often enough to see it move."""

_PATIENCE_S = 30
"""What the way to Spotify and back may take on top."""


class NoGatewayError(Exception):
    """Nothing that answers there is a gateway; the text says what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the gateway said.

    Attributes:
        status: HTTP status.
        document: The parsed body.
        calls: Calls that the request has cost.
        missing: Ids that could not be had now.
        retry_after_s: When to ask again; None if nothing is said of that.
        message: Of an error: what went wrong and what to do.
        day_spent: Whether the day quota has no call left.
    """

    status: int
    document: Any
    calls: int = 0
    missing: tuple[str, ...] = ()
    retry_after_s: float | None = None
    message: str = ""
    day_spent: bool = False


class Mirror:
    """The gateway at one address.

    Args:
        base: Its address, without `/v1`.
        http: Sends requests.
        market: Sent with every request that takes one; empty for none.
        deadline_s: How long the gateway may hold a request back.
    """

    def __init__(
        self, base: str, http: aiohttp.ClientSession, *, market: str = "", deadline_s: float = DEADLINE_S
    ) -> None:
        self.base = base
        self._deadline_s = deadline_s
        self._http = http
        self._market = {"market": market} if market else {}

    async def get(self, path: str, query: Mapping[str, str | int], *, has_market: bool = True) -> Told:
        """Ask for `path`, below `/v1`.

        Raises:
            NoGatewayError: There is no answer, or not a gateway's.
        """
        headers = {PRIORITY: "background", DEADLINE: str(round(self._deadline_s * 1000))}
        params = {**query, **(self._market if has_market else {})}
        timeout = aiohttp.ClientTimeout(total=self._deadline_s + _PATIENCE_S)
        try:
            async with self._http.get(
                f"{self.base}/v1{path}", params=params, headers=headers, timeout=timeout
            ) as response:
                return self._told(response.status, response.headers, await response.read())
        except aiohttp.ClientError as error:
            raise NoGatewayError(f"no gateway answers at {self.base}") from error
        except TimeoutError as error:
            raise NoGatewayError(f"the gateway at {self.base} did not answer in time") from error

    def _told(self, status: int, headers: Mapping[str, str], body: bytes) -> Told:
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError:
            document = None
        is_ours = "X-Request-Id" in headers and isinstance(document, dict)
        if not is_ours or (status == HTTPStatus.OK and "X-Upstream-Calls" not in headers):
            raise NoGatewayError(f"what answers at {self.base} ({status}) is no Fermata gateway")
        missing, wait = headers.get("X-Missing-Ids", ""), headers.get("Retry-After", "")
        return Told(
            status=status,
            document=document,
            calls=int(headers.get("X-Upstream-Calls", 0)),
            missing=tuple(missing.split(",")) if missing else (),
            retry_after_s=float(wait) if wait.isdecimal() else None,
            message=str(document.get("error", {}).get("message", "")) if status != HTTPStatus.OK else "",
            day_spent='"day";r=0' in headers.get("RateLimit", ""),
        )
