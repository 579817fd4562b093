"""Questions that leave together: how they are gathered, answered in time, and spared a server that is silent."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from cache.shared.breaker import Breaker
from cache.shared.lane import MOST_UNDER_WAY, UNANSWERED, Lane
from shared_rig import Record
from virtual_time import run

Send = Callable[[Sequence[int]], Awaitable[Sequence[object]]]


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Server:
    """Answers a number with its double after a while."""

    takes_s: float = 0.01
    error: BaseException | None = None
    deaf: bool = False
    batches: list[list[int]] = field(default_factory=list)
    most: int = 0
    under_way: int = 0

    async def send(self, items: Sequence[int]) -> Sequence[object]:
        self.batches.append(list(items))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            end = now() + self.takes_s
            while now() < end:
                try:
                    await asyncio.sleep(end - now())
                except asyncio.CancelledError:
                    # As redis-py does now and then.
                    if not self.deaf:
                        raise
                    self.deaf = False
        finally:
            self.under_way -= 1
        if self.error:
            raise self.error
        return [2 * item for item in items]


def lane(send: Send, record: Record | None = None, *, breaker: Breaker | None = None, most: int = 50) -> Lane[int]:
    return Lane(
        "read",
        send,
        deadline_s=0.25,
        most=most,
        breaker=breaker or Breaker(1.0, clock=now),
        observer=record or Record(),
        clock=now,
    )


async def ask(one: Lane[int], *numbers: int) -> list[object]:
    return list(await asyncio.gather(*map(one.ask, numbers)))


def test_questions_of_one_tick_leave_as_one_and_each_gets_its_own_answer() -> None:
    async def main() -> None:
        server, record = Server(), Record()
        assert await ask(lane(server.send, record), *range(20)) == [2 * item for item in range(20)]
        assert server.batches == [list(range(20))]
        assert record.batches == [("read", 20, "ok")]

    run(main())


def test_no_batch_is_larger_than_it_may_be() -> None:
    async def main() -> None:
        server = Server()
        await ask(lane(server.send, most=8), *range(20))
        assert [len(batch) for batch in server.batches] == [8, 8, 4]

    run(main())


def test_while_enough_is_under_way_what_comes_is_gathered() -> None:
    async def main() -> None:
        server = Server(takes_s=0.05)
        one = lane(server.send)
        asking = []
        for number in range(20):
            asking.append(asyncio.create_task(one.ask(number)))
            await asyncio.sleep(0.001)
        assert await asyncio.gather(*asking) == [2 * item for item in range(20)]
        assert server.most == MOST_UNDER_WAY
        assert [len(batch) for batch in server.batches] == [1, 1, 1, 1, 16]

    run(main())


@pytest.mark.parametrize("deaf", [False, True])
def test_a_slow_server_answers_nobody_and_keeps_nobody_beyond_the_deadline(deaf: bool) -> None:  # noqa: FBT001
    async def main() -> None:
        server, record = Server(takes_s=1e9, deaf=deaf), Record()
        one = lane(server.send, record)
        start = now()
        assert await ask(one, 1, 2) == [UNANSWERED, UNANSWERED]
        assert now() - start == pytest.approx(0.25)
        assert record.batches == [("read", 2, "timeout")]
        await asyncio.sleep(0.06)
        assert server.under_way == 0, "a batch that nobody waits for does not keep its place"

    run(main())


def test_who_waits_for_a_place_waits_no_longer_than_the_deadline() -> None:
    async def main() -> None:
        server = Server(takes_s=1e9)
        one = lane(server.send)
        asking = []
        start = now()
        for number in range(MOST_UNDER_WAY + 1):
            asking.append(asyncio.create_task(one.ask(number)))
            await asyncio.sleep(0.001)
        assert await asyncio.gather(*asking) == [UNANSWERED] * (MOST_UNDER_WAY + 1)
        assert now() - start == pytest.approx(0.25 + 0.001 * MOST_UNDER_WAY)

    run(main())


def test_after_a_failure_nobody_waits_until_one_trial_works() -> None:
    async def main() -> None:
        server, record = Server(takes_s=1e9), Record()
        one = lane(server.send, record)
        await ask(one, 1)
        start = now()
        assert await ask(one, 2) == [UNANSWERED]
        assert now() == start
        await asyncio.sleep(1.0)
        trial = asyncio.create_task(one.ask(3))
        await asyncio.sleep(0.1)
        start = now()
        assert await ask(one, 4) == [UNANSWERED], "one trial at a time"
        assert now() == start
        assert await trial == UNANSWERED
        assert await ask(one, 5) == [UNANSWERED], "the trial failed"
        server.takes_s = 0.01
        await asyncio.sleep(1.0)
        assert await ask(one, 6) == [12]
        assert await ask(one, 7) == [14]
        assert [outcome for _, _, outcome in record.batches] == [
            "timeout",
            "skipped",
            "skipped",
            "timeout",
            "skipped",
            "ok",
            "ok",
        ]

    run(main())


@pytest.mark.parametrize("error", [RedisConnectionError(), OSError(), TimeoutError()])
def test_a_server_that_fails_is_no_error_for_who_asks(error: Exception) -> None:
    async def main() -> None:
        record = Record()
        assert await ask(lane(Server(error=error).send, record), 1, 2) == [UNANSWERED] * 2
        assert record.batches == [("read", 2, "error")]

    run(main())


def test_an_answer_that_is_an_error_lets_the_others_be_and_is_no_silence() -> None:
    async def main() -> None:
        refusal = RedisConnectionError()

        async def send(items: Sequence[int]) -> Sequence[object]:
            return [refusal if item == 2 else item for item in items]

        record = Record()
        one = lane(send, record)
        assert await ask(one, 1, 2, 3) == [1, refusal, 3]
        assert await ask(one, 4) == [4]
        assert [outcome for *_, outcome in record.batches] == ["error", "ok"]

    run(main())


def test_cancelling_who_asks_changes_nothing_for_the_others() -> None:
    async def main() -> None:
        server = Server()
        one = lane(server.send)
        impatient, patient = asyncio.create_task(one.ask(1)), asyncio.create_task(one.ask(2))
        await asyncio.sleep(0.005)
        impatient.cancel()
        assert await patient == 4
        assert impatient.cancelled()
        assert server.batches == [[1, 2]]

    run(main())


@pytest.mark.parametrize("deaf", [False, True])
def test_closing_answers_everybody_and_leaves_nothing_behind(deaf: bool) -> None:  # noqa: FBT001
    async def main() -> None:
        server = Server(takes_s=1e9, deaf=deaf)
        one = lane(server.send)
        asking = []
        for number in range(MOST_UNDER_WAY + 2):
            asking.append(asyncio.create_task(one.ask(number)))
            await asyncio.sleep(0.001)
        await one.close()
        assert await asyncio.gather(*asking) == [UNANSWERED] * (MOST_UNDER_WAY + 2)
        assert await ask(one, 9) == [UNANSWERED]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())
