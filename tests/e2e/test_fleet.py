"""Gateways of separate processes on one Redis: one budget, whatever becomes of Redis and of them."""

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest

from fleet import Fleet, Judge, Load, Terms

# Real processes start, die and start again.
pytestmark = pytest.mark.timeout(180)

TERMS = Terms(limit=40, window_s=2.0)


async def test_no_fault_of_redis_or_of_a_gateway_provokes_a_429(tmp_path: Path) -> None:
    async with Fleet(tmp_path, TERMS, gateways=3).running() as fleet, aiohttp.ClientSession() as http:
        load, judge = Load(fleet, http, people_per_s=2.0), Judge(fleet, http)
        busy = asyncio.create_task(load.run())
        await asyncio.sleep(3 * TERMS.window_s)
        # Three windows and the free burst of the first, less what it takes to begin.
        assert len(await judge.calls()) >= 2.5 * TERMS.limit
        fleet.redis.signal(signal.SIGSTOP)
        await asyncio.sleep(1.5)
        fleet.redis.signal(signal.SIGCONT)
        await asyncio.sleep(1.5)
        fleet.gateways[0].kill()
        fleet.redis_cli("FLUSHALL")
        fleet.gateways[0].start()
        await asyncio.sleep(2)
        fleet.redis.kill()
        await asyncio.sleep(1)
        fleet.redis.start()
        await asyncio.sleep(4)
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
        calls = await judge.calls()
        assert [call for call in calls if call["status"] == 429] == []
        assert judge.worst_window(float(str(call["at"])) for call in calls) <= TERMS.limit


async def test_a_ban_costs_one_call_in_all_processes_and_their_restarts(tmp_path: Path) -> None:
    async with Fleet(tmp_path, TERMS, gateways=3).running() as fleet, aiohttp.ClientSession() as http:
        judge = Judge(fleet, http)
        faults = {"faults": "429:retry_after=7200,times=1"}
        async with http.post(f"{fleet.spotify}/_simulator/faults", json=faults) as response:
            assert response.status == 200
        headers = {"X-Deadline-Ms": "3000"}

        async def ask(base: str, number: int) -> tuple[int, int]:
            async with http.get(f"{base}/v1/search?type=track&q={number}", headers=headers) as response:
                return response.status, int(response.headers.get("Retry-After", 0))

        first = await ask(fleet.bases[0], 0)
        everybody = [await ask(base, number) for number, base in enumerate(fleet.bases * 5)]
        fleet.gateways[1].kill()
        fleet.gateways[1].start()
        await fleet.ready()
        again = [await ask(base, 100 + number) for number, base in enumerate(fleet.bases * 3)]
        for status, retry_after in (first, *everybody, *again):
            assert status == 429
            assert 7100 < retry_after < 7210
        assert len(await judge.calls()) == 1
