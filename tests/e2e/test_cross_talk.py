"""Many clients use the same ids and tokens at once over the whole gateway; each gets its own answers alone."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from agents import Agent, connected
from house import House, running
from ops.simulator import SimulatorConfig
from talkers import WIRES, Connect, Heard, PairTalker, Talker

CLIENTS = 20
LEAVER = 7
ROUNDS = 6
SHARED = 3
"""From which round on all ask the same: it is fetched, found in the cache, and then repeated as it was written."""

SLOW = (0, 2)
IDS: Sequence[int | str] = (1, 2, "1x", "three")
# Late enough that all questions of a round are under way together.
AMPLE = SimulatorConfig(limit=100_000, latency_s=0.03)
BOUND_S = 20


def query(who: str, number: int, request_id: int | str) -> str:
    """Return what to ask in a round."""
    return f"{who} {number} {request_id!r}" if number < SHARED else f"all {request_id!r}"


def check(heard: Heard, request_id: int | str, asked: str) -> None:
    answer = heard.answer
    assert answer["id"] == request_id
    result = answer["result"]
    assert [batch["query"] for batch in result["structuredContent"]["batches"]] == [asked]
    assert f'for "{asked}"' in result["content"][0]["text"]


async def converse(talker: Talker, who: str) -> int:
    """Return how many answers came, all of which were its own."""
    count = 0
    for number in range(ROUNDS):
        # Off the fast lane and on it in turn.
        slowly = number in SLOW
        asked = {one: query(who, number, one) for one in IDS}
        heard = await asyncio.gather(*(talker.ask(one, asked[one], slowly=slowly) for one in IDS))
        for one, what in zip(IDS, heard, strict=True):
            check(what, one, asked[one])
            if not isinstance(talker, PairTalker):
                assert (what.streamed, what.progress) == (slowly, int(slowly))
            count += 1
    if isinstance(talker, PairTalker):
        # Of its own slow rounds, and of nobody else's.
        assert talker.progress == len(SLOW) * len(IDS)
        assert talker.strays == []
    return count


async def walk_out(talker: Talker, who: str) -> int:
    """Leave in the middle of a round; return how many answers came that were its own."""
    await asyncio.gather(*(talker.ask(one, query(who, 0, one), slowly=False) for one in IDS))
    asking = [
        asyncio.create_task(talker.ask(one, query(who, 1, one), slowly=number % 2 == 0))
        for number, one in enumerate(IDS)
    ]
    await asyncio.sleep(AMPLE.latency_s / 2)
    await talker.leave()
    for task in asking:
        task.cancel()
    # Whatever becomes of them: nobody is there to hear it.
    await asyncio.gather(*asking, return_exceptions=True)
    return len(IDS)


async def crowd(house: House, wires: Sequence[Connect]) -> int:
    async with AsyncExitStack() as stack:
        talkers = [
            await stack.enter_async_context(wires[number % len(wires)](house.base)) for number in range(CLIENTS)
        ]
        leavers = range(LEAVER, LEAVER + len(wires))
        counts = await asyncio.gather(
            *(
                (walk_out if number in leavers else converse)(talker, f"client {number}")
                for number, talker in enumerate(talkers)
            )
        )
    return sum(counts)


async def chat(agent: Agent, who: str) -> int:
    """Talk through a client that numbers its requests itself, from the same start as every other one."""
    for number in range(ROUNDS):
        asked = [query(who, number, one) for one in IDS]
        answers = await asyncio.gather(
            *(agent.call("spotify_search", {"queries": [one], "types": ["track"], "limit": 1}) for one in asked)
        )
        for answer, one in zip(answers, asked, strict=True):
            assert [batch["query"] for batch in answer.told["batches"]] == [one]
            assert f'for "{one}"' in answer.text
    return ROUNDS * len(IDS)


def expected(wires: int) -> int:
    return (CLIENTS - wires) * ROUNDS * len(IDS) + wires * len(IDS)


@pytest.mark.parametrize("wire", WIRES)
async def test_twenty_clients_with_the_same_ids_get_their_own_answers_though_one_leaves(wire: Connect) -> None:
    async with running(AMPLE) as house, asyncio.timeout(BOUND_S):
        assert await crowd(house, [wire]) == expected(1)


async def test_two_processes_with_the_same_ids_answer_their_own_clients() -> None:
    async with (
        running(AMPLE) as house,
        asyncio.timeout(BOUND_S),
        connected(house, "stdio auto") as one,
        connected(house, "stdio legacy") as other,
    ):
        assert sum(await asyncio.gather(chat(one, "one"), chat(other, "other"))) == 2 * ROUNDS * len(IDS)


async def test_all_wires_at_once_keep_their_answers_apart() -> None:
    async with (
        running(AMPLE) as house,
        asyncio.timeout(BOUND_S),
        connected(house, "stdio auto") as process,
        connected(house, "auto") as modern,
        connected(house, "legacy") as session,
        connected(house, "sse") as pair,
    ):
        agents = {"process": process, "modern": modern, "session": session, "pair": pair}
        counts = await asyncio.gather(
            crowd(house, WIRES), *(chat(agent, f"official {name}") for name, agent in agents.items())
        )
        assert counts == [expected(len(WIRES)), *[ROUNDS * len(IDS)] * len(agents)]
