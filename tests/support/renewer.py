"""One of several gateway processes that want a token for many users at once; run by path, it prints them as JSON.

Arguments: where the vault is, where the accounts service is, the number of users, and how many callers each has.
It starts when its standard input ends.
"""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from gateway.auth.accounts_service import AccountsService
from gateway.auth.kept_accounts import KeptAccounts
from gateway.auth.token_answer import Credentials
from gateway.auth.vault import Vault
from gateway.principal import Principal
from gateway.transport import PooledTransport, Transport, TransportConfig
from vaults import file_vault, redis_vault

NAMESPACE = "renewers"


def principals(users: int) -> list[Principal]:
    """Return the principals of so many users."""
    return [Principal(f"user:{number:03d}") for number in range(1, users + 1)]


def accounts_over(vault: Vault, transport: Transport, accounts_url: str) -> KeptAccounts:
    """Return the accounts of one process."""
    credentials = Credentials(client_id="demo-client", client_secret="demo-secret", accounts_url=accounts_url)
    service = AccountsService(
        credentials, transport=transport, wall_clock=time.time, secret=lambda: secrets.token_urlsafe(32)
    )
    return KeptAccounts(
        vault,
        service,
        clock=time.monotonic,
        wall_clock=time.time,
        sleep=asyncio.sleep,
        invite=_invite,
        ended=print,
    )


def _invite(principal: Principal, scopes: Sequence[str]) -> str:
    return f"sign in as {principal.id}{' '.join(scopes)}"


async def _token(accounts: KeptAccounts, principal: Principal) -> str:
    await accounts.settle(principal)
    account = accounts.of(principal)
    if account is None:
        return ""
    return await account.tokens.token(deadline=time.monotonic() + 40)


async def _main(where: str, accounts_url: str, users: int, callers: int) -> None:
    opened = redis_vault(where, NAMESPACE) if where.startswith("redis://") else file_vault(Path(where))
    async with asyncio.timeout(50), opened as vault, PooledTransport(TransportConfig()) as transport:
        accounts = accounts_over(vault, transport, accounts_url)
        print("ready", flush=True)  # noqa: T201 - it is how the test is told
        sys.stdin.read()
        wanted = [principal for principal in principals(users) for _ in range(callers)]
        tokens = await asyncio.gather(*(_token(accounts, principal) for principal in wanted))
        await accounts.close()
    print(json.dumps(tokens))  # noqa: T201 - same


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
