"""Gets one answer from Spotify: permit, token, exchange, report, perhaps again; no exchange without a permit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from cache import Answer, Flight
from gateway.answers import QUOTA_EXCEEDED, SIGN_IN_NEEDED, error_for, is_usable, reason_of, retry_after_s
from gateway.auth.tokens import TokenProvider
from gateway.cargo import Cargo, NobodyWaitsError, Parcel, Single
from gateway.endpoint import Endpoint
from gateway.errors import (
    ShuttingDownError,
    SpotifyError,
    ThrottledError,
    UpstreamUnavailableError,
)
from gateway.loader import NO_SHARING, Identity, Loaded, Sharing, unasked
from gateway.observer import GatewayObserver
from gateway.params import UpstreamRequest
from gateway.transport import LostError, NotSentError, Response, Transport
from limiter import Limiter, LimitKey, LimitStatus, Permit, Priority, Refused, RetryBudget, RetryPolicy

_FORGETTING = 0.1
"""Share by which the longest answer is forgotten with each quicker one."""

_WHATEVER_THE_DEADLINE = frozenset({"queue_full", "shutdown"})
"""Refusals that patience does not help against."""

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
class _Failure:
    """An exchange without a usable answer, and whether the same call may be sent again."""

    error: SpotifyError
    repeatable: bool
    renew_token: bool = False


class Upstream:
    """Carries requests to Spotify within the budget, one for each load or packed by whoever calls `carry`.

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
        self._answer_s = 0.0

    async def load(
        self,
        endpoint: Endpoint,
        request: UpstreamRequest,
        *,
        identity: Identity,
        flight: Flight[Any],
        priority: Priority,
        known: Answer | None = None,
        wasted: Callable[[int], None] = unasked,
    ) -> Loaded:
        """See `Loader.load`: one request for one load, and its repeats."""
        cargo = Single(Parcel(endpoint, request, known), flight)
        try:
            answer = await self.carry(cargo, endpoint=endpoint, identity=identity, priority=priority)
        except SpotifyError:
            wasted(cargo.calls)
            raise
        return Loaded(answer, cargo.calls)

    async def carry(self, cargo: Cargo, *, endpoint: Endpoint, identity: Identity, priority: Priority) -> Answer:
        """Return the answer to what `cargo` is packed into when its turn comes; `endpoint` names who pays for it.

        Raises:
            SpotifyError: There is none for those who still wait.
        """
        key = self._key(endpoint, identity.payer)
        tries = 0
        may_renew = True
        while True:
            # Left without a report, by a lost answer or a cancellation, the permit counts the call as sent.
            with await self._permit(key, cargo, priority) as permit:
                parcel = _pack(cargo, permit)
                outcome = await self._exchange(parcel, permit, cargo=cargo, identity=identity, priority=priority)
            if isinstance(outcome, Answer):
                self._budget.succeeded()
                return outcome
            if outcome.renew_token and may_renew and self._budget.try_spend():
                may_renew = False
                self._observer.retried(parcel.endpoint.id)
                continue
            delay_s = self._retry.delay_s(tries, self._random())
            again = outcome.repeatable and tries < self._retry.attempts
            if not again or not cargo.outlives(self._clock() + delay_s, outcome.error):
                raise outcome.error
            if not self._budget.try_spend():
                raise outcome.error
            tries += 1
            self._observer.retried(parcel.endpoint.id)
            await self._sleep(delay_s)

    def status(self, endpoint: Endpoint) -> LimitStatus:
        """See `Loader.status`."""
        # Asked on every answer of the mirror, so the keys are kept; families come from the catalogue and are few.
        key = self._keys.get(endpoint.family)
        if key is None:
            key = self._keys[endpoint.family] = self._key(endpoint)
        return self._limiter.status(key)

    def wait_s(self, endpoint: Endpoint, *, payer: str, priority: Priority, calls: int) -> float:
        """See `Loader.wait_s`."""
        return self._limiter.predict(self._key(endpoint, payer), priority=priority, calls=calls)

    def sharing(self, endpoint: Endpoint) -> Sharing:
        """See `Loader.sharing`."""
        del endpoint
        return NO_SHARING

    @property
    def answer_s(self) -> float:
        """See `Loader.answer_s`."""
        return self._answer_s

    def _key(self, endpoint: Endpoint, payer: str = "") -> LimitKey:
        return LimitKey(self._config.account, self._config.client_id, endpoint.family, payer)

    async def _exchange(
        self, parcel: Parcel, permit: Permit, *, cargo: Cargo, identity: Identity, priority: Priority
    ) -> Answer | _Failure:
        token = await _token(identity.tokens, permit, deadline=cargo.latest)
        cargo.commit()
        endpoint, outcome, started = parcel.endpoint, "lost", self._clock()
        try:
            response = await self._send(parcel, token)
            outcome = str(response.status)
        except NotSentError as error:
            outcome = "not_sent"
            permit.unused()
            return _Failure(_unreachable(error), repeatable=True)
        except LostError as error:
            return _Failure(_unreachable(error), repeatable=endpoint.repeatable)
        finally:
            seconds = self._clock() - started
            cargo.calls += outcome != "not_sent"
            self._observer.upstream_called(endpoint.id, outcome, seconds)
        self._answer_s = max(seconds, self._answer_s + _FORGETTING * (seconds - self._answer_s))
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._throttled(permit, response, priority)
        permit.answered()
        judged = _judge(parcel, response, user=identity.user)
        if isinstance(judged, Answer):
            identity.tokens.accept(token)
        elif judged.renew_token:
            identity.tokens.reject(token)
        return judged

    async def _permit(self, key: LimitKey, cargo: Cargo, priority: Priority) -> Permit:
        while True:
            deadline = cargo.deadline
            try:
                return await self._limiter.acquire(key, priority=priority, deadline=deadline)
            except Refused as refused:
                error = refusal(refused)
                # While this waited for the most impatient caller, others may have joined who have more time.
                until = max(deadline, self._clock() + refused.retry_after_s)
                if refused.reason in _WHATEVER_THE_DEADLINE or not cargo.outlives(until, error):
                    raise error from refused

    async def _send(self, parcel: Parcel, token: str) -> Response:
        request = parcel.request
        query = f"?{urlencode(request.query, quote_via=quote)}" if request.query else ""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if request.body:
            headers["Content-Type"] = request.body_type
        if parcel.known is not None and parcel.known.etag:
            headers["If-None-Match"] = parcel.known.etag
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


def _pack(cargo: Cargo, permit: Permit) -> Parcel:
    try:
        return cargo.pack()
    except NobodyWaitsError:
        permit.unused()
        raise


async def _token(tokens: TokenProvider, permit: Permit, *, deadline: float) -> str:
    try:
        return await tokens.token(deadline=deadline)
    except BaseException:
        # Cancellation included: nothing of this call has left yet.
        permit.unused()
        raise


def _judge(parcel: Parcel, response: Response, *, user: str) -> Answer | _Failure:
    """Tell an answer from a failure."""
    endpoint, status = parcel.endpoint, response.status
    reads = endpoint.method == "GET"
    known = parcel.known
    if status == HTTPStatus.NOT_MODIFIED and known is not None and known.etag:
        return known
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _success(response, reads=reads)
    answer = Answer(status, response.body)
    # Both are worth remembering: what is not there, and what this user may not see.
    if reads and (status == HTTPStatus.NOT_FOUND or (status == HTTPStatus.FORBIDDEN and user)):
        return answer
    error = error_for(answer)
    return _Failure(
        error,
        repeatable=status >= HTTPStatus.INTERNAL_SERVER_ERROR and endpoint.repeatable,
        # Whoever brings an app's own token has a good one, for other things.
        renew_token=status == HTTPStatus.UNAUTHORIZED and error.reason != SIGN_IN_NEEDED,
    )


def _success(response: Response, *, reads: bool) -> Answer | _Failure:
    usable = is_usable(response)
    if response.status == HTTPStatus.OK and reads:
        if not usable:
            return _Failure(UpstreamUnavailableError(_NO_JSON), repeatable=False)
        return Answer(response.status, response.body, response.headers.get("etag", ""))
    # What writes answer is often empty, and sometimes a word that is no JSON.
    return Answer(response.status, response.body if usable else b"")


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
