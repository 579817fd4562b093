"""Whatever the order of sign-ins, sign-outs and renewals in three processes, no token is spent twice or lost."""

import asyncio
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.auth.sign_in import KIND, SignIn
from gateway.errors import SpotifyError, UnauthorisedError
from gateway.principal import Principal
from sign_in_desk import Desk, Flaky, Process, processes, signed_in
from virtual_time import run

ADA = Principal("user:ada")

ACTS = st.sampled_from(["call", "call", "call", "reject", "leave", "sign in", "sign out", "introduce", "expire"])
STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        ACTS,
        st.sampled_from([0.0, 0.005, 0.015, 0.035, 0.5, 1.01, 1.03, 1.05, 6.0]),
    ),
    max_size=30,
)


class Recorded(Flaky):
    """A slow vault that remembers which access tokens were ever in it."""

    def __init__(self) -> None:
        super().__init__(slow=True)
        self.held: set[str] = set()

    async def swap(
        self, kind: str, key: str, value: bytes | None, *, expected: bytes | None, ttl_s: float | None = None
    ) -> bool:
        written = None if value is None else SignIn.decode(value)
        done = await super().swap(kind, key, value, expected=expected, ttl_s=ttl_s)
        if done and written is not None:
            self.held.add(written.access_token)
        return done


class Story:
    """What three processes do for one user."""

    def __init__(self, desk: Desk, vault: Recorded, started: list[Process]) -> None:
        self._desk = desk
        self._vault = vault
        self._started = started
        self._consents = count(1)
        self._tasks: list[asyncio.Task[None]] = []

    async def play(self, steps: list[tuple[int, str, float]]) -> None:
        for number, act, pause_s in steps:
            self._begin(self._started[number], act)
            await asyncio.sleep(pause_s)
            if act == "expire":
                await asyncio.sleep(3600)
        await asyncio.sleep(120)
        for task in self._tasks:
            assert task.done()
            task.cancelled() or task.result()

    def _begin(self, process: Process, act: str) -> None:
        does = {
            "call": self._call(process),
            "reject": self._call(process, rejects=True),
            "leave": self._leave(process),
            "sign in": self._sign_in(process),
            "sign out": self._sign_out(process),
            "introduce": self._introduce(process),
        }
        for name, coroutine in does.items():
            if name == act:
                self._tasks.append(asyncio.create_task(coroutine))
            else:
                coroutine.close()

    async def _call(self, process: Process, *, rejects: bool = False) -> None:
        accounts = process.accounts
        if not accounts.settled(ADA):
            await accounts.settle(ADA)
        account = accounts.of(ADA)
        if account is None:
            return
        try:
            token = await account.tokens.token(deadline=asyncio.get_running_loop().time() + 60)
            assert token in self._vault.held
            if rejects:
                account.tokens.reject(token)
                assert await account.tokens.token(deadline=asyncio.get_running_loop().time() + 60) != token
        except SpotifyError as error:
            assert "accounts service" not in error.message

    async def _leave(self, process: Process) -> None:
        task = asyncio.create_task(self._call(process))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _sign_in(self, process: Process) -> None:
        await process.accounts.adopt(ADA, signed_in(self._desk, "ada", f"c{next(self._consents)}"))

    async def _sign_out(self, process: Process) -> None:
        await process.accounts.forget(ADA)

    async def _introduce(self, process: Process) -> None:
        account = process.accounts.of(ADA)
        if account is not None:
            await process.accounts.introduce(ADA, account=account.name, user_id="a", user_name="Ada")


@settings(max_examples=300, deadline=None)
@given(steps=STEPS, rotates=st.booleans())
def test_no_refresh_token_is_spent_twice_and_the_newest_one_is_never_lost(
    steps: list[tuple[int, str, float]], *, rotates: bool
) -> None:
    async def main() -> None:
        desk, vault = Desk(rotates=rotates), Recorded()
        async with processes(desk, vault, 3) as started:
            await Story(desk, vault, list(started)).play(steps)
            raw = await vault.get(KIND, ADA.id)
            if raw is not None:
                kept = SignIn.decode(raw)
                assert kept is not None
                # What is kept is good: the newest of its consent.
                assert kept.refresh_token in desk.good
            for process in started:
                await process.accounts.settle(ADA)
                account = process.accounts.of(ADA)
                assert (account is None) == (raw is None)
                if account is not None:
                    assert await account.tokens.token(deadline=1e12) in desk.latest.values()
        if rotates:
            assert set(desk.spent.values()) <= {1}

    run(main())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["down", "up", "call"]), st.floats(0, 8)), max_size=20))
def test_a_vault_that_comes_and_goes_costs_errors_and_no_sign_in(steps: list[tuple[str, float]]) -> None:
    async def main() -> None:
        desk, vault = Desk(life_s=70), Flaky(slow=True)
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))

            async def call() -> None:
                try:
                    await one.token(ADA)
                except SpotifyError as error:
                    assert not isinstance(error, UnauthorisedError)

            for act, pause_s in steps:
                if act == "call":
                    await call()
                else:
                    vault.down = {"swap"} if act == "down" else set()
                await asyncio.sleep(pause_s)
            vault.down = set()
            assert await one.token(ADA) == desk.latest["ada"]
            assert one.ended == []
        assert set(desk.spent.values()) == {1}

    run(main())
