"""Of two who come with the same at once, one goes on: a double click, or somebody who copied an address."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

from gateway.auth.accounts_service import Attempt
from gateway.oauth.cookie import BrowserCookie
from gateway.oauth.errand import KeySignIn
from gateway.oauth.refusal import RefusedError
from gateway.oauth.transaction import Opening, TransactionConfig, Transactions
from memory_vault import MemoryVault
from virtual_time import run

COOKIE = BrowserCookie("https://gateway.example", 600.0)
ATTEMPT = Attempt(state="s" * 43, verifier="v" * 43, redirect_uri="https://gateway.example/cb", scopes=frozenset())


class SlowVault(MemoryVault):
    """Answers when others have been answered, too."""

    async def get(self, kind: str, key: str) -> bytes | None:
        found = await super().get(kind, key)
        await asyncio.sleep(0.1)
        return found


def new_transactions() -> Transactions:
    numbers = count()
    return Transactions(
        SlowVault(clock=asyncio.get_running_loop().time),
        COOKIE,
        config=TransactionConfig(),
        wall_clock=asyncio.get_running_loop().time,
        secret=lambda: f"{next(numbers):043}",
    )


def cookies_of(opening: Opening) -> dict[str, str]:
    return {f"__Host-fermata-{opening.id}": opening.cookie}


async def refusals(act: Callable[[], Awaitable[object]]) -> int:
    outcomes = await asyncio.gather(*(act() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(one, RefusedError) for one in outcomes if isinstance(one, BaseException))
    return sum(isinstance(one, BaseException) for one in outcomes)


def test_of_those_who_send_the_same_form_at_once_one_goes_on() -> None:
    async def main() -> None:
        transactions = new_transactions()
        opening = await transactions.begin(KeySignIn(scopes=frozenset()))
        assert await refusals(lambda: transactions.claim(opening.hidden, cookies_of(opening))) == 4

    run(main())


def test_of_those_who_come_back_with_the_same_state_at_once_one_goes_on() -> None:
    async def main() -> None:
        transactions = new_transactions()
        opening = await transactions.begin(KeySignIn(scopes=frozenset()))
        await transactions.send(await transactions.claim(opening.hidden, cookies_of(opening)), ATTEMPT)
        assert await refusals(lambda: transactions.arrive(ATTEMPT.state, cookies_of(opening))) == 4

    run(main())
