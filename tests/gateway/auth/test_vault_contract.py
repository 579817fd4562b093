"""What every vault does, wherever it keeps things."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaults import World, world

SORTS = ["memory", "file", "redis"]
VALUES = st.sampled_from([b"", b"1", b"2", bytes(range(256))])
# Keys that would be one if kind and key were only put together.
PLACES = st.sampled_from([("a", "bc"), ("ab", "c"), ("a", ""), ("a", "\udcff"), ("a", "x" * 3000)])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["get", "take", "delete", "count"]), PLACES, st.just(b"")),
        st.tuples(st.sampled_from(["put", "add"]), PLACES, VALUES),
        st.tuples(st.just("swap"), PLACES, st.tuples(st.none() | VALUES, st.none() | VALUES)),
    ),
    max_size=30,
)


@pytest.fixture(params=SORTS)
async def there(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> AsyncIterator[World]:
    async with world(request.param, tmp_path, redis_url) as made:
        yield made


async def test_what_was_put_is_there_until_something_else_is(there: World) -> None:
    vault = there.vault
    assert await vault.get("token", "key") is None
    await vault.put("token", "key", b"first")
    await vault.put("token", "other", b"another")
    await vault.put("code", "key", b"of another kind")
    await vault.put("token", "key", b"second")
    assert await vault.get("token", "key") == b"second"
    assert await vault.get("token", "other") == b"another"
    assert await vault.get("code", "key") == b"of another kind"


async def test_what_was_deleted_is_gone_and_deleting_nothing_is_fine(there: World) -> None:
    await there.vault.put("token", "key", b"value")
    await there.vault.delete("token", "key")
    await there.vault.delete("token", "key")
    assert await there.vault.get("token", "key") is None


async def test_adding_keeps_what_is_there(there: World) -> None:
    vault = there.vault
    assert await vault.add("token", "key", b"first")
    assert not await vault.add("token", "key", b"second")
    assert await vault.get("token", "key") == b"first"
    await vault.delete("token", "key")
    assert await vault.add("token", "key", b"third")


async def test_a_value_can_be_taken_once(there: World) -> None:
    await there.vault.put("code", "key", b"value", ttl_s=60.0)
    assert await there.vault.take("code", "key") == b"value"
    assert await there.vault.take("code", "key") is None
    assert await there.vault.get("code", "key") is None


async def test_a_swap_needs_the_value_that_was_expected(there: World) -> None:
    vault = there.vault
    assert not await vault.swap("token", "key", b"new", expected=b"old")
    assert await vault.swap("token", "key", None, expected=None)
    assert await vault.swap("token", "key", b"one", expected=None)
    assert not await vault.swap("token", "key", b"two", expected=None)
    assert not await vault.swap("token", "key", None, expected=b"other")
    assert await vault.swap("token", "key", b"two", expected=b"one")
    # The same value put again is as good.
    await vault.put("token", "key", b"two")
    assert await vault.swap("token", "key", None, expected=b"two")
    assert await vault.get("token", "key") is None


async def test_what_outlived_its_time_is_nowhere(there: World) -> None:
    vault = there.vault
    await vault.put("token", "put", b"value", ttl_s=0.1)
    await vault.add("token", "added", b"value", ttl_s=0.1)
    await vault.swap("token", "swapped", b"value", expected=None, ttl_s=0.1)
    await vault.put("token", "longer", b"value", ttl_s=3600.0)
    await vault.put("token", "for ever", b"value")
    for key in ("put", "added", "swapped"):
        assert await there.ended("token", key, within_s=0.1)
    assert await vault.take("token", "put") is None
    assert await vault.add("token", "added", b"new")
    assert not await vault.swap("token", "swapped", b"new", expected=b"value")
    assert await vault.count("token") == 3
    assert await vault.get("token", "longer") == b"value"


async def test_the_newest_write_says_how_long_a_value_lives(there: World) -> None:
    vault = there.vault
    await vault.put("token", "lives", b"1", ttl_s=0.1)
    await vault.put("token", "lives", b"2")
    await vault.put("token", "swapped", b"1", ttl_s=0.1)
    assert await vault.swap("token", "swapped", b"2", expected=b"1", ttl_s=3600.0)
    await vault.put("token", "dies", b"1")
    await vault.put("token", "dies", b"2", ttl_s=0.1)
    assert await there.ended("token", "dies", within_s=0.1)
    assert await vault.get("token", "lives") == await vault.get("token", "swapped") == b"2"


async def test_values_are_counted_by_kind(there: World) -> None:
    vault = there.vault
    for number in range(5):
        await vault.put("client", str(number), b"x", ttl_s=60.0)
        await vault.put("token", str(number), b"x")
    await vault.put("client", "0", b"y")
    await vault.take("client", "1")
    await vault.swap("client", "2", None, expected=b"x")
    assert (await vault.count("client"), await vault.count("token"), await vault.count("none")) == (3, 5, 0)


async def test_of_many_at_once_one_takes_one_adds_and_one_swaps(there: World) -> None:
    vault = there.vault
    for turn in range(5):
        key = str(turn)
        added = await asyncio.gather(*(vault.add("k", key, b"%d" % n) for n in range(8)))
        value = b"%d" % added.index(True)
        swapped = await asyncio.gather(*(vault.swap("k", key, b"new", expected=value) for _ in range(8)))
        taken = await asyncio.gather(*(vault.take("k", key) for _ in range(8)))
        assert (sum(added), sum(swapped)) == (1, 1)
        assert sorted(taken, key=bool) == [*[None] * 7, b"new"]


async def test_one_at_a_time_is_alone(there: World) -> None:
    inside = 0
    most = 0

    async def enter() -> None:
        nonlocal inside, most
        async with there.vault.alone("sign-in", "key", at_most_s=60.0):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        for _ in range(6):
            tasks.create_task(enter())
    assert (inside, most) == (0, 1)


async def test_who_is_alone_with_one_key_is_in_nobodys_way_with_another(there: World) -> None:
    vault = there.vault
    async with asyncio.timeout(10), AsyncExitStack() as stack:
        for place in (("sign-in", "key"), ("sign-in", "other"), ("code", "key")):
            await stack.enter_async_context(vault.alone(*place, at_most_s=60.0))
        await vault.put("sign-in", "key", b"value")
        assert await vault.count("sign-in") == 1


async def test_who_fails_inside_leaves(there: World) -> None:
    with pytest.raises(ValueError, match="inside"):
        async with there.vault.alone("sign-in", "key", at_most_s=60.0):
            raise ValueError("inside")
    async with asyncio.timeout(10), there.vault.alone("sign-in", "key", at_most_s=60.0):
        pass


async def test_who_stays_too_long_is_not_alone_any_more_and_ends_nobodys_turn(there: World) -> None:
    vault = there.vault
    async with asyncio.timeout(20):
        async with vault.alone("sign-in", "key", at_most_s=0.1):
            second = vault.alone("sign-in", "key", at_most_s=60.0)
            await second.__aenter__()
        # The first has left; the second is inside all the same.
        third = asyncio.create_task(_enter(there))
        await asyncio.wait([third], timeout=0.1)
        assert not third.done()
        await second.__aexit__(None, None, None)
        await third


async def test_who_gives_up_waiting_leaves_nothing_behind(there: World) -> None:
    async with asyncio.timeout(20):
        async with there.vault.alone("sign-in", "key", at_most_s=60.0):
            waiting = [asyncio.create_task(_enter(there)) for _ in range(3)]
            await asyncio.sleep(0.02)
            for task in waiting:
                task.cancel()
            results = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        await _enter(there)


async def test_an_attempt_to_enter_that_is_cancelled_at_any_moment_leaves_nothing_behind(there: World) -> None:
    async with asyncio.timeout(20):
        for turns in range(12):
            task = asyncio.create_task(_enter(there))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await _enter(there)


async def test_a_write_that_is_cancelled_at_any_moment_happened_wholly_or_not(there: World) -> None:
    vault = there.vault
    for turns in range(12):
        await vault.put("token", "key", b"old")
        task = asyncio.create_task(vault.put("token", "key", b"new"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await vault.get("token", "key") in {b"old", b"new"}
        assert await vault.count("token") == 1


@pytest.mark.parametrize("sort", SORTS)
@given(steps=STEPS)
@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_done_a_vault_is_a_dictionary(
    sort: str, tmp_path: Path, redis_url: str, steps: list[tuple[str, tuple[str, str], object]]
) -> None:
    async def compare() -> None:
        model: dict[tuple[str, str], object] = {}
        async with world(sort, tmp_path, redis_url) as there:
            for operation, place, argument in steps:
                assert await _done(there, operation, place, argument) == _expected(
                    model, operation, place, argument
                )

    asyncio.run(compare())


async def _enter(there: World) -> None:
    async with there.vault.alone("sign-in", "key", at_most_s=60.0):
        pass


async def _done(there: World, operation: str, place: tuple[str, str], argument: Any) -> object:
    match operation:
        case "count":
            return await there.vault.count(place[0])
        case "swap":
            value, expected = argument
            return await there.vault.swap(*place, value, expected=expected)
        case "put" | "add":
            return await getattr(there.vault, operation)(*place, argument)
    return await getattr(there.vault, operation)(*place)


def _expected(
    model: dict[tuple[str, str], object], operation: str, place: tuple[str, str], argument: Any
) -> object:
    found = model.get(place)
    if operation == "count":
        return sum(kind == place[0] for kind, _ in model)
    if operation == "get":
        return found
    new, condition = argument if operation == "swap" else (argument, None)
    if operation in {"add", "swap"} and found != condition:
        return False
    model.pop(place, None)
    if operation in {"put", "add", "swap"} and new is not None:
        model[place] = new
    return {"take": found, "add": True, "swap": True}.get(operation)
