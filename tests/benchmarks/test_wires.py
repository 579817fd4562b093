"""The benchmark's clients: what they accept as an answer, on each wire of a real gateway."""

import orjson
import pytest

from benchmarks.questions import QUERY, known
from benchmarks.wires import (
    ASKING_FOR_PROGRESS,
    WIRES,
    Opens,
    Question,
    WrongAnswerError,
    check,
    modern,
    pair,
    session,
)
from house import running

TOLD = {"content": [{"type": "text", "text": "hi"}], "structuredContent": {"a": 1}}


def message(number: int = 7, **changes: object) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": number, "result": {**TOLD, "isError": False, **changes}})


def test_the_content_expected_is_an_answer_whoever_signs_it() -> None:
    check(message(_meta={"by": "whom"}), 7, Question(b"{}", TOLD))


@pytest.mark.parametrize(
    "other",
    [
        message(8),
        message(isError=True),
        message(content=[]),
        message(structuredContent={"a": 2}),
        b'{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"no"}}',
    ],
)
def test_anything_else_is_none(other: bytes) -> None:
    with pytest.raises(WrongAnswerError):
        check(other, 7, Question(b"{}", TOLD))


@pytest.mark.parametrize("opens", [*WIRES.values(), ASKING_FOR_PROGRESS])
async def test_every_wire_answers_alike(opens: Opens) -> None:
    async with running() as house:
        asking = await modern(house.base)
        question = await known(asking, QUERY)
        await asking.close()
        caller = await opens(house.base)
        for number in (1, 2):
            await caller.call(number, question)
        await caller.close()


async def test_a_client_leaves_its_place_to_the_next() -> None:
    async with running(FERMATA_MAX_SESSIONS="1") as house:
        for _ in range(2):
            await (await session(house.base)).close()


async def test_a_stream_that_is_refused_is_told() -> None:
    async with running(FERMATA_MAX_SESSIONS="1") as house:
        first = await pair(house.base)
        with pytest.raises(WrongAnswerError, match="503"):
            await pair(house.base)
        await first.close()
