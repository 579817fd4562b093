"""Gets one answer from Spotify: permit, token, exchange, report, perhaps again; no exchange without a permit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from cache import Answer, Flight
from gateway.answers import QUOTA_EXCEEDED, error_for, is_usable, reason_of, retry_after_s
from gateway.auth.tokens import TokenProvider
from gateway.endpoint import Endpoint
from gateway.errors import ShuttingDownError, SpotifyError, ThrottledError, UpstreamUnavailableError
from gateway.observer import GatewayObserver
from gateway.params import UpstreamRequest
from gateway.transport import LostError, NotSentError, Response, Transport
from limiter import Limiter, LimitKey, Permit, Priority, Refused, RetryBudget, RetryPolicy

_NO_JSON = "Something answered in Spotify's place, without JSON; check SPOTIFY_API_URL and any proxy on the way"
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamConfig:
    """Whose quota is spent, and where.

    Attributes:
        api_url: Base of the Web API, with `/v1` and without a trailing slash.
        account: Developer account; all its client ids share one day quota.
        client_id: The app; the 30-second limit is counted for it.
    """

    api_url: str
    account: str
    client_id: str


@dataclass(frozen=True, slots=True)
class _Failure:
    """An exchange without a usable answer, and whether the same call may be sent again."""

    error: SpotifyError
    repeatable: bool
    renew_token: bool = False


class Upstream:
    """Carries single requests to Spotify within the budget.

    Args:
        config: Whose quota, and where.
        transport: Opens the connections.
        tokens: Provides what authorises a call.
        limiter: Decides when a call may leave.
        retry: How often and how soon a failed call is repeated.
        clock: Monotonic seconds, the limiter's own.
        sleep: Waits; injected for tests.
        random: Uniform in [0, 1), for the jitter of retries.
        observer: Told of every exchange.
    """

    def __init__(
        self,
        config: UpstreamConfig,
        *,
        transport: Transport,
        tokens: TokenProvider,
        limiter: Limiter,
        retry: RetryPolicy,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        observer: GatewayObserver,
    ) -> None:
        self._config = config
        self._transport = transport
        self._tokens = tokens
        self._limiter = limiter
        self._retry = retry
        self._budget = RetryBudget()
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._observer = observer

    async def load(
        self, endpoint: Endpoint, request: UpstreamRequest, *, flight: Flight[Any], priority: Priority
    ) -> Answer:
        """Return Spotify's answer, which is JSON with status 200, or a 404.

        Raises:
            SpotifyError: There is none before the flight's deadline; `retry_after_s` says when one can be had.
        """
        tries = 0
        may_renew = True
        while True:
            outcome = await self._exchange(endpoint, request, flight=flight, priority=priority)
            if isinstance(outcome, Answer):
                self._budget.succeeded()
                return outcome
            if outcome.renew_token and may_renew:
                may_renew = False
                continue
            delay_s = self._retry.delay_s(tries, self._random())
            too_late = self._clock() + delay_s > flight.deadline
            if not outcome.repeatable or tries >= self._retry.attempts or too_late or not self._budget.try_spend():
                raise outcome.error
            tries += 1
            self._observer.retried(endpoint.id)
            await self._sleep(delay_s)

    async def _exchange(
        self, endpoint: Endpoint, request: UpstreamRequest, *, flight: Flight[Any], priority: Priority
    ) -> Answer | _Failure:
        key = LimitKey(self._config.account, self._config.client_id, endpoint.family)
        permit = await self._permit(key, flight, priority)
        # Left without a report, by a lost answer or a cancellation, the permit counts the call as sent.
        with permit:
            token = await self._token(permit, deadline=flight.deadline)
            flight.commit()
            started = self._clock()
            outcome = "lost"
            try:
                response = await self._send(request, token)
                outcome = str(response.status)
            except NotSentError as error:
                outcome = "not_sent"
                permit.unused()
                return _Failure(_unreachable(error), repeatable=True)
            except LostError as error:
                return _Failure(_unreachable(error), repeatable=request.method in _IDEMPOTENT)
            finally:
                self._observer.upstream_called(endpoint.id, outcome, self._clock() - started)
            return self._settle(permit, response, key=key, token=token, method=request.method)

    async def _permit(self, key: LimitKey, flight: Flight[Any], priority: Priority) -> Permit:
        while True:
            deadline = flight.deadline
            try:
                return await self._limiter.acquire(key, priority=priority, deadline=deadline)
            except Refused as refused:
                # While this waited with the first caller's deadline, another with a later one may have joined.
                if flight.deadline <= deadline:
                    raise refusal(refused) from refused

    async def _token(self, permit: Permit, *, deadline: float) -> str:
        try:
            return await self._tokens.token(deadline=deadline)
        except BaseException:
            # Cancellation included: nothing of this call has left yet.
            permit.unused()
            raise

    async def _send(self, request: UpstreamRequest, token: str) -> Response:
        query = f"?{urlencode(request.query, quote_via=quote)}" if request.query else ""
        return await self._transport.send(
            request.method,
            f"{self._config.api_url}{request.path}{query}",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
        )

    def _settle(
        self, permit: Permit, response: Response, *, key: LimitKey, token: str, method: str
    ) -> Answer | _Failure:
        answer = Answer(response.status, response.body)
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._throttled(permit, response, key)
        permit.answered()
        if response.status == HTTPStatus.UNAUTHORIZED:
            self._tokens.reject(token)
            return _Failure(error_for(answer), repeatable=False, renew_token=True)
        if response.status == HTTPStatus.OK and not is_usable(response):
            return _Failure(UpstreamUnavailableError(_NO_JSON), repeatable=False)
        if response.status in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
            return answer
        return _Failure(
            error_for(answer),
            repeatable=response.status >= HTTPStatus.INTERNAL_SERVER_ERROR and method in _IDEMPOTENT,
        )

    def _throttled(self, permit: Permit, response: Response, key: LimitKey) -> _Failure:
        """Pause for everybody; a repeated call then waits for its turn, or is told that it cannot."""
        quota = reason_of(response.body) == QUOTA_EXCEEDED
        permit.throttled(retry_after_s(response.headers), quota_exceeded=quota)
        error = refusal(Refused("quota" if quota else "paused", self._limiter.predict(key)))
        return _Failure(error, repeatable=not quota)


def refusal(refused: Refused) -> SpotifyError:
    """Return what a refusal of our own limiter means to the caller."""
    wait_s = refused.retry_after_s
    if refused.reason == "shutdown":
        return ShuttingDownError("The gateway is stopping; connect to another one, or again in a moment")
    message, reason = _REFUSALS[refused.reason]
    return ThrottledError(f"{message} Try again in {wait_s:.0f} s.", reason=reason, retry_after_s=wait_s)


_REFUSALS = {
    "deadline": (
        "The next free call of the Spotify budget comes after this call's deadline.",
        "BUDGET_SPENT",
    ),
    "queue_full": ("Too many calls are waiting for the Spotify budget.", "QUEUE_FULL"),
    "paused": ("Spotify told this app to wait, so nothing is sent until then.", "RATE_LIMITED"),
    "quota": ("Spotify's day quota of this developer account is spent, so nothing is sent.", QUOTA_EXCEEDED),
}


def _unreachable(error: Exception) -> SpotifyError:
    return UpstreamUnavailableError(f"Spotify gave no answer ({error}); try again shortly")
