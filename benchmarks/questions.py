"""What the parts about MCP ask: searches that a gateway has in its cache, with the answers that they must have."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import orjson

from benchmarks.wires import Caller, Question, modern, substance
from ops.simulator.world.world import World

DISTINCT: Final = 500
QUERY: Final = "paper lanterns"
LIMIT: Final = 6
"""Tracks in an answer: the message has about 2.8 KB."""
ALIKE: Final = 0.15
"""By how much the answers to distinct questions may be longer or shorter."""


@dataclass(frozen=True, slots=True)
class Questions:
    """One question, and many that differ, with answers about as long; all are in the gateway's cache."""

    one: Question
    many: list[Question]


async def prepared(base: str) -> Questions:
    """Ask a gateway until it knows them all."""
    caller = await modern(base)
    one = await known(caller, QUERY)
    size = len(orjson.dumps(one.told))
    many: list[Question] = []
    for word in _words():
        question = await known(caller, word)
        if abs(len(orjson.dumps(question.told)) / size - 1) < ALIKE:
            many.append(question)
        if len(many) == DISTINCT:
            break
    await caller.close()
    return Questions(one, many)


async def known(caller: Caller, query: str) -> Question:
    """A question and its answer, which the gateway has in its cache from now on."""
    asked = Question(orjson.dumps({"queries": [query], "types": ["track"], "limit": LIMIT}))
    await caller.call(1, asked)
    # The first answer tells what it cost, and so is another than all later ones.
    return Question(asked.arguments, substance(await caller.call(2, asked)))


def _words() -> list[str]:
    """Words in names of tracks, those in most names first."""
    names = (track.name for track in World.of(1).tracks)
    counts = Counter(word.lower() for name in names for word in name.split() if word.isalpha())
    return [word for word, _ in counts.most_common()]
