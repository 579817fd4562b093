"""How often calls are sent again, for any run of failures: never too often, and never what must not be."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SpotifyError
from gateway.observer import NullObserver
from gateway.principal import LOCAL
from gateway.transport import LostError, NotSentError, Response
from pipeline import CountingTokens, ScriptedTransport, answer, new_client, refused
from virtual_time import run

Outcome = Response | Exception

GOOD = answer({"id": "x"})
REFUSED: list[Outcome] = [
    refused(401, "The access token expired"),
    refused(429, "no", retry_after="1"),
    refused(429, "no", reason="QUOTA_EXCEEDED", retry_after="1"),
    NotSentError("no connection"),
]
FAILED: list[Outcome] = [refused(500, "no"), refused(503, "no"), LostError("reset")]
OTHER: list[Outcome] = [GOOD, GOOD, GOOD, refused(403, "Forbidden"), refused(404, "no"), refused(400, "no")]
OUTCOMES = st.sampled_from([*REFUSED, *FAILED, *OTHER])
STORM = st.sampled_from([*REFUSED, *FAILED])

CALLS = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from([0.0, 0.0, 0.1, 1.0, 40.0]),
        st.lists(st.one_of(OUTCOMES, STORM), min_size=1, max_size=4),
    ),
    max_size=80,
)
"""Whether it is a read, the gap before it, and what its exchanges come to; the last stands for all after it."""


@dataclass
class Exchanges(NullObserver):
    """When repeats were decided on and exchanges went well."""

    repeats: list[float] = field(default_factory=list)
    successes: list[float] = field(default_factory=list)

    def upstream_called(self, endpoint: str, outcome: str, seconds: float) -> None:
        del endpoint, seconds
        if outcome in {"200", "404"}:
            self.successes.append(asyncio.get_running_loop().time())

    def retried(self, endpoint: str) -> None:
        del endpoint
        self.repeats.append(asyncio.get_running_loop().time())


@given(calls=CALLS)
def test_repeats_stay_within_their_budget_and_nothing_unsafe_is_sent_twice(
    calls: list[tuple[bool, float, list[Outcome]]],
) -> None:
    async def main() -> None:
        sent: defaultdict[str, list[Outcome]] = defaultdict(list)
        observer = Exchanges()

        def script(_: str, url: str) -> Response | BaseException:
            number = int(url[-22:])
            outcomes = calls[number][2]
            outcome = outcomes[min(len(sent[url]), len(outcomes) - 1)]
            sent[url].append(outcome)
            return outcome

        client = new_client(
            ScriptedTransport(script), calls=1000, users={LOCAL: CountingTokens()}, observer=observer
        )

        async def one(number: int, *, reads: bool) -> None:
            name = f"{number:022}"
            endpoint, arguments = ("get-track", {"id": name}) if reads else ("add-to-queue", {"uri": uri(name)})
            try:
                await client.call(endpoint, arguments.items(), principal=LOCAL, deadline_s=60)
            except SpotifyError:
                return

        async with asyncio.TaskGroup() as group:
            for number, (reads, gap_s, _) in enumerate(calls):
                await asyncio.sleep(gap_s)
                group.create_task(one(number, reads=reads))

        for url, outcomes in sent.items():
            # Two repeats, and one more after a token that was refused.
            assert len(outcomes) <= 3 + (REFUSED[0] in outcomes)
            if "queue" in url:
                assert all(outcome in REFUSED for outcome in outcomes[:-1])
            assert REFUSED[2] not in outcomes[:-1]
        # One that was decided on may still be refused by the limiter.
        assert sum(len(outcomes) - 1 for outcomes in sent.values()) <= len(observer.repeats)
        check_windows(observer)

    run(main())


def check_windows(observer: Exchanges) -> None:
    """In any window the repeats are at most a tenth of the successes and twenty."""
    for first, start in enumerate(observer.repeats):
        for last, end in enumerate(observer.repeats[first:], first):
            successes = sum(start <= at <= end for at in observer.successes)
            assert last - first + 1 <= 20 + 0.1 * successes + 1e-9


def uri(name: str) -> str:
    return f"spotify:track:{name}"


@pytest.mark.parametrize("outcome", [REFUSED[0], REFUSED[3], *FAILED])
def test_a_failure_that_lasts_does_not_multiply_the_calls(outcome: Outcome) -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: outcome)
        client = new_client(transport, calls=1000)
        for number in range(100):
            with pytest.raises(SpotifyError):
                await client.call("get-track", [("id", f"{number:022}")], principal=LOCAL)
        assert len(transport.sent) == 100 + 20

    run(main())
