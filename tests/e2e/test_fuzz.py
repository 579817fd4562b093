import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from gateway.catalogue import CATALOGUE
from gateway.openapi import openapi
from house import House, running
from ops.simulator import SimulatorConfig
from ops.simulator.config import Profile
from ops.simulator.world.world import World

DOCUMENT = openapi(CATALOGUE, version="1")
WORLD = World.of(1)
KNOWN = {
    "/tracks": [track.id for track in WORLD.tracks[:2]],
    "/albums": [album.id for album in WORLD.albums[:2]],
    "/artists": [artist.id for artist in WORLD.artists[:2]],
    "/search": [],
}
"""Paths whose upstream holds what the ids name."""

DESCRIBED: list[CheckFunction] = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
BETWEEN = re.compile(r"exclude each other|must be given|^\w+ needs |members in all|is missing:|is given twice")
"""What may be wrong with a call of which every single value fits the description."""

Operation = Any
Call = Case[Any]
Judge = Callable[[Call, Response, int], None]


def operations(start: str, *, tag: str | None = None) -> Iterator[Operation]:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.path.startswith(start) and tag in {None, *operation.definition.raw["tags"]}:
            yield operation


def takes_anything(operation: Operation) -> bool:
    return bool(CATALOGUE[operation.definition.raw["operationId"]].params)


def fuzz(house: House, strategy: Any, *, examples: int, judge: Judge) -> Counter[int]:
    """Send generated calls, and return how often each status came."""
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case: Call) -> None:
        before = house.log.count()
        response = case.call(base_url=f"{house.base}/v1")
        statuses[response.status_code] += 1
        judge(case, response, before)

    send()
    return statuses


def mode_of(case: Call) -> GenerationMode | None:
    return case.meta.generation.mode if case.meta else None


def says_nothing(case: Call) -> bool:
    """Whether it gives null for something, which counts as leaving it out."""
    return isinstance(case.body, dict) and None in case.body.values()


def in_a_hurry(case: Call) -> bool:
    """Whether it asks for an answer sooner than one can be had."""
    deadline_ms = str(case.headers.get("X-Deadline-Ms", "")) if case.headers else ""
    return deadline_ms.isdigit() and int(deadline_ms) < 1000


def conforms(house: House) -> Judge:
    def judge(case: Call, response: Response, before: int) -> None:
        upstream = [call.status for call in house.log.calls[before:]]
        if response.status_code >= 500 and not (response.status_code == 504 and in_a_hurry(case)):
            assert any(status is None or status >= 500 for status in upstream), (case, response.text)
        case.validate_response(response, checks=DESCRIBED)
        if response.status_code == 400 and 400 not in upstream and mode_of(case) is GenerationMode.POSITIVE:
            problems = response.json()["error"]["message"]
            assert BETWEEN.search(problems), (case, problems)
        if mode_of(case) is GenerationMode.NEGATIVE and not says_nothing(case):
            case.validate_response(response, checks=[checks.negative_data_rejection])

    return judge


@pytest.mark.parametrize("profile", ["extended_legacy", "development"])
async def test_a_call_that_fits_the_description_is_answered_as_described(profile: Profile) -> None:
    async with running(SimulatorConfig(profile=profile, limit=100_000)) as house:
        for operation in operations("/"):
            strategy = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
            await asyncio.to_thread(fuzz, house, strategy, examples=3, judge=conforms(house))


@pytest.mark.parametrize("tag", [tag["name"] for tag in DOCUMENT["tags"]])
async def test_a_call_that_does_not_fit_is_refused_as_described(tag: str) -> None:
    async with running(SimulatorConfig(limit=100_000)) as house:
        for operation in filter(takes_anything, operations("/", tag=tag)):
            strategy = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
            await asyncio.to_thread(fuzz, house, strategy, examples=2, judge=conforms(house))


@pytest.mark.parametrize("profile", ["extended_legacy", "development"])
async def test_what_is_there_is_found_whatever_else_is_asked(profile: Profile) -> None:
    async with running(SimulatorConfig(profile=profile, limit=100_000)) as house:
        for start, ids in KNOWN.items():
            for operation in operations(start):
                names = {param.name for param in CATALOGUE[operation.definition.raw["operationId"]].params}
                query = {"market": "US", "country": "US", "ids": ",".join(ids), "offset": 0}
                strategy = operation.as_strategy(
                    headers={"X-Priority": "crawl", "X-Deadline-Ms": "60000"},
                    path_parameters={"id": ids[0]} if "{id}" in operation.path else {},
                    query={name: value for name, value in query.items() if name in names - {"id"}},
                )
                statuses = await asyncio.to_thread(fuzz, house, strategy, examples=8, judge=conforms(house))
                assert set(statuses) <= {200, 403}, (operation.label, statuses)
