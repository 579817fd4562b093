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
from gateway.errors import (
    ShuttingDownError,
    SpotifyError,
    ThrottledError,
    UpstreamUnavailableError,
)
from gateway.observer import GatewayObserver
from gateway.params import UpstreamRequest
from gateway.transport import LostError, NotSentError, Response, Transport
from limiter import Limiter, LimitKey, LimitStatus, Permit, Priority, Refused, RetryBudget, RetryPolicy

_NO_JSON = "Something answered in Spotify's place, without JSON; check SPOTIFY_API_URL and any proxy on the way"


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
class Identity:
    """In whose name a call is made: the provider of the token, and the user, empty for the app itself."""

    tokens: TokenProvider
    user: str = ""


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
        limiter: Limiter,
        retry: RetryPolicy,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        observer: GatewayObserver,
    ) -> None:
        self._config = config
        self._transport = transport
        self._limiter = limiter
        self._retry = retry
        self._budget = RetryBudget()
        self._keys: dict[str, LimitKey] = {}
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._observer = observer

    async def load(
        self,
        endpoint: Endpoint,
        request: UpstreamRequest,
        *,
        identity: Identity,
        flight: Flight[Any],
        priority: Priority,
    ) -> Answer:
        """Return Spotify's answer: a 2xx, or the 404 of a read.

        The priority is that of the caller who began the flight; whoever joins later may prolong the deadline, but
        does not move the flight up in the line.

        Raises:
            SpotifyError: There is none before the flight's deadline; `retry_after_s` says when it can be had.
        """
        key = self._key(endpoint, identity.user)
        tries = 0
        may_renew = True
        while True:
            permit = await self._permit(key, flight, priority)
            outcome = await self._exchange(
                endpoint, request, permit, identity=identity, flight=flight, priority=priority
            )
            if isinstance(outcome, Answer):
                self._budget.succeeded()
                return outcome
            if outcome.renew_token and may_renew and self._budget.try_spend():
                may_renew = False
                self._observer.retried(endpoint.id)
                continue
            delay_s = self._retry.delay_s(tries, self._random())
            too_late = self._clock() + delay_s > flight.deadline
            spent = tries >= self._retry.attempts or too_late
            if not outcome.repeatable or spent or not self._budget.try_spend():
                raise outcome.error
            tries += 1
            self._observer.retried(endpoint.id)
            await self._sleep(delay_s)

    def status(self, endpoint: Endpoint) -> LimitStatus:
        """Return how the budget stands from which calls of `endpoint` are paid."""
        # Asked on every answer of the mirror, so the keys are kept; families come from the catalogue and are few.
        key = self._keys.get(endpoint.family)
        if key is None:
            key = self._keys[endpoint.family] = self._key(endpoint)
        return self._limiter.status(key)

    def wait_s(self, endpoint: Endpoint, *, user: str, priority: Priority, calls: int) -> float:
        """Predict the seconds until the last of `calls` newcomers may leave."""
        return self._limiter.predict(self._key(endpoint, user), priority=priority, calls=calls)

    def _key(self, endpoint: Endpoint, user: str = "") -> LimitKey:
        return LimitKey(self._config.account, self._config.client_id, endpoint.family, user)

    async def _exchange(
        self,
        endpoint: Endpoint,
        request: UpstreamRequest,
        permit: Permit,
        *,
        identity: Identity,
        flight: Flight[Any],
        priority: Priority,
    ) -> Answer | _Failure:
        # Left without a report, by a lost answer or a cancellation, the permit counts the call as sent.
        with permit:
            token = await _token(identity.tokens, permit, deadline=flight.deadline)
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
                return _Failure(_unreachable(error), repeatable=endpoint.repeatable)
            finally:
                self._observer.upstream_called(endpoint.id, outcome, self._clock() - started)
            if response.status == HTTPStatus.TOO_MANY_REQUESTS:
                return self._throttled(permit, response, priority)
            permit.answered()
            if response.status == HTTPStatus.UNAUTHORIZED:
                identity.tokens.reject(token)
            return _judge(endpoint, response)

    async def _permit(self, key: LimitKey, flight: Flight[Any], priority: Priority) -> Permit:
        while True:
            deadline = flight.deadline
            try:
                return await self._limiter.acquire(key, priority=priority, deadline=deadline)
            except Refused as refused:
                # While this waited with the first caller's deadline, another with a later one may have joined.
                if flight.deadline <= deadline:
                    raise refusal(refused) from refused

    async def _send(self, request: UpstreamRequest, token: str) -> Response:
        query = f"?{urlencode(request.query, quote_via=quote)}" if request.query else ""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if request.body:
            headers["Content-Type"] = request.body_type
        return await self._transport.send(
            request.method,
            f"{self._config.api_url}{request.path}{query}",
            headers=headers,
            # Some writes without a body are answered with 411 unless its length is said.
            data=request.body if request.method != "GET" else None,
        )

    def _throttled(self, permit: Permit, response: Response, priority: Priority) -> _Failure:
        """Pause for everybody; a repeated call then waits for its turn, or is told that it cannot."""
        quota = reason_of(response.body) == QUOTA_EXCEEDED
        permit.throttled(retry_after_s(response.headers), quota_exceeded=quota)
        wait_s = self._limiter.predict(permit.key, priority=priority)
        return _Failure(refusal(Refused("quota" if quota else "paused", wait_s)), repeatable=not quota)


async def _token(tokens: TokenProvider, permit: Permit, *, deadline: float) -> str:
    try:
        return await tokens.token(deadline=deadline)
    except BaseException:
        # Cancellation included: nothing of this call has left yet.
        permit.unused()
        raise


def _judge(endpoint: Endpoint, response: Response) -> Answer | _Failure:
    """Tell an answer from a failure."""
    reads = endpoint.method == "GET"
    if response.status == HTTPStatus.OK and reads and not is_usable(response):
        return _Failure(UpstreamUnavailableError(_NO_JSON), repeatable=False)
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        # What writes answer is often empty, and sometimes a word that is no JSON.
        return Answer(response.status, response.body if is_usable(response) else b"")
    answer = Answer(response.status, response.body)
    if response.status == HTTPStatus.NOT_FOUND and reads:
        return answer
    return _Failure(
        error_for(answer),
        repeatable=response.status >= HTTPStatus.INTERNAL_SERVER_ERROR and endpoint.repeatable,
        renew_token=response.status == HTTPStatus.UNAUTHORIZED,
    )


def refusal(refused: Refused) -> SpotifyError:
    """Return what a refusal of our own limiter means to the caller."""
    if refused.reason == "shutdown":
        return ShuttingDownError("The gateway is stopping; connect to another one, or again in a moment")
    message, reason = _REFUSALS[refused.reason]
    return ThrottledError(message, reason=reason, retry_after_s=refused.retry_after_s)


_REFUSALS = {
    "deadline": (
        "The next free call of the Spotify budget comes after this call's deadline.",
        "BUDGET_SPENT",
    ),
    "day": (
        "QUOTA_CALLS_PER_DAY leaves background and crawl calls of this kind no room; interactive calls still go.",
        "DAY_BUDGET_SPENT",
    ),
    "queue_full": ("Too many calls are waiting for the Spotify budget.", "QUEUE_FULL"),
    "store": (
        "The Redis that holds the shared budget cannot be reached, so nothing is sent.",
        "BUDGET_UNREACHABLE",
    ),
    "paused": ("Spotify told this app to wait, so nothing is sent until then.", "RATE_LIMITED"),
    "quota": ("Spotify's day quota of this developer account is spent, so nothing is sent.", QUOTA_EXCEEDED),
}


def _unreachable(error: Exception) -> SpotifyError:
    return UpstreamUnavailableError(f"Spotify gave no answer ({error}); try again shortly")
