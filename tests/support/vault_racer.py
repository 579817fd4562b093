"""One of several processes that race for what is in a vault; run by path, it prints what it got as JSON.

Arguments: what to do, where the vault is, and how often. It starts when its standard input ends.
"""

import asyncio
import json
import sys
from pathlib import Path

from gateway.auth.vault import Vault
from vaults import file_vault, redis_vault

NAMESPACE = "race"


async def take(vault: Vault, times: int) -> list[int]:
    """Take what there is; return the numbers of what came."""
    return [n for n in range(times) if await vault.take("code", str(n)) is not None]


async def swap(vault: Vault, times: int) -> list[int]:
    """Count up by swapping; return the numbers that were reached."""
    reached: list[int] = []
    while len(reached) < times:
        found = await vault.get("counter", "swapped")
        number = int(found or b"0") + 1
        if await vault.swap("counter", "swapped", b"%d" % number, expected=found):
            reached.append(number)
    return reached


async def alone(vault: Vault, times: int) -> list[int]:
    """Count up by reading and writing, alone; return the numbers that were reached."""
    reached: list[int] = []
    for _ in range(times):
        async with vault.alone("counter", "alone", at_most_s=30.0):
            number = int(await vault.get("counter", "alone") or b"0") + 1
            await vault.put("counter", "alone", b"%d" % number)
        reached.append(number)
    return reached


async def _main(what: str, where: str, times: int) -> None:
    opened = redis_vault(where, NAMESPACE) if where.startswith("redis://") else file_vault(Path(where))
    async with asyncio.timeout(50), opened as vault:
        print("ready", flush=True)  # noqa: T201 - it is how the test is told
        sys.stdin.read()
        print(json.dumps(await {"take": take, "swap": swap, "alone": alone}[what](vault, times)))  # noqa: T201 - same


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
