"""What every call passes around its route: log, rate window, quota, faults and token, always in this order."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from ops.simulator.accounts.access import EXPIRED, SESSION
from ops.simulator.accounts.desk import TokenDesk
from ops.simulator.accounts.exchange import TOKEN_PATH
from ops.simulator.answers import ApiError, OAuthError, TextError, phrase, text_answer
from ops.simulator.calls import Call, CallLog
from ops.simulator.config import SimulatorConfig
from ops.simulator.control import CONTROL_PREFIX
from ops.simulator.faults import TEXTS, Fault
from ops.simulator.meter import Meter, Refusal
from ops.simulator.routes import OTHER
from ops.simulator.schedule import UNTOUCHED, FaultSchedule, Strike

API_PREFIX: Final = "/v1/"
Families = Mapping[tuple[str, str], str]
"""Quota family by method and path pattern."""


class Gate:
    """The one middleware of the application.

    A call is judged at the instant it arrives, before anything is awaited, so the order of arrivals is the
    order of decisions. Control routes pass untouched, and token calls are logged but occupy no window.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        log: CallLog,
        schedule: FaultSchedule,
        desk: TokenDesk,
        families: Families,
    ) -> None:
        self._config = config
        self._clock = clock
        self._sleep = sleep
        self._log = log
        self._schedule = schedule
        self._desk = desk
        self._families = families
        quota = config.quota_per_day if config.has_quota else None
        self._meter = Meter(limit=config.limit, window_s=config.window_s, quota_per_day=quota)

    @web.middleware
    async def serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Serve one call."""
        if request.path.startswith(CONTROL_PREFIX):
            return await _answered(request, handler)
        call = Call(
            at=self._clock(), method=request.method, path=request.path, query=request.rel_url.raw_query_string
        )
        self._log.arrive(call)
        refusal, strike = self._judge(request, call)
        await self._linger(self._config.latency_s + strike.delay_s)
        if strike.fault is not None and strike.fault.kind == "reset":
            return _drop(request)
        response = await self._respond(request, handler, refusal=refusal, fault=strike.fault)
        self._log.answer(call, response.status)
        if strike.fault is not None and strike.fault.kind == "truncate":
            return await _truncate(request, response)
        return response

    def _judge(self, request: web.Request, call: Call) -> tuple[Refusal | None, Strike]:
        metered = call.path.startswith(API_PREFIX)
        family = self._family(request)
        refusal = self._meter.refusal(family, call.at) if metered else None
        strike = UNTOUCHED if refusal is not None else self._schedule.strike(call.path)
        served = refusal is None and not strike.refuses
        call.fault = strike.label
        call.counted = metered and (served or self._config.harsh)
        if call.counted:
            self._meter.occupy(family, call.at, served=served)
        return refusal, strike

    def _family(self, request: web.Request) -> str:
        resource = request.match_info.route.resource
        return OTHER if resource is None else self._families.get((request.method, resource.canonical), OTHER)

    async def _linger(self, seconds: float) -> None:
        if seconds:
            await self._sleep(seconds)

    async def _respond(
        self, request: web.Request, handler: Handler, *, refusal: Refusal | None, fault: Fault | None
    ) -> web.Response:
        if refusal is not None:
            return _refused(refusal).response()
        if fault is not None and fault.status is not None:
            return _misbehave(fault, path=request.path)
        if request.path.startswith(API_PREFIX):
            try:
                request[SESSION] = self._desk.check(request.headers.get(hdrs.AUTHORIZATION))
            except (ApiError, TextError) as error:
                return error.response()
        return await _answered(request, handler)


async def _answered(request: web.Request, handler: Handler) -> web.Response:
    try:
        response = await handler(request)
    except (ApiError, OAuthError) as error:
        return error.response()
    except web.HTTPNotFound:
        return ApiError(404, "Service not found").response()
    except web.HTTPException as error:
        return ApiError(error.status, error.reason).response()
    if not isinstance(response, web.Response):
        raise TypeError(f"{request.path} answered with a stream")
    return response


def _refused(refusal: Refusal) -> ApiError:
    if refusal.quota:
        return ApiError(429, "Too many requests", reason="QUOTA_EXCEEDED", retry_after=refusal.retry_after)
    return ApiError(429, "API rate limit exceeded", retry_after=refusal.retry_after)


def _misbehave(fault: Fault, *, path: str) -> web.Response:
    status = fault.status or 500
    if fault.kind == "text":
        return text_answer(TEXTS[status], status=status, retry_after=fault.retry_after)
    if path == TOKEN_PATH:
        return OAuthError("server_error", phrase(status), status=status).response()
    return ApiError(status, _words(fault, status), reason=fault.reason, retry_after=fault.retry_after).response()


def _words(fault: Fault, status: int) -> str:
    if fault.refuses:
        return "API rate limit exceeded" if fault.reason is None else "Too many requests"
    return EXPIRED if fault.kind == "401" else phrase(status)


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _truncate(request: web.Request, response: web.Response) -> web.StreamResponse:
    body = response.body if isinstance(response.body, bytes) else b""
    cut = web.StreamResponse(status=response.status, headers=response.headers)
    cut.content_length = len(body)
    cut.force_close()
    await cut.prepare(request)
    await cut.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return cut
