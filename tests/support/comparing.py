"""The one test that every method of a library goes through, in every profile."""

import gc
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import pytest

from differential import CONFIGS, Failure, Method, Outcome, Run, Side, behind, outcome, straight
from expectations import check, is_refused, verdict
from gateway.endpoint import Profile
from ops.simulator import SimulatorConfig
from ops.simulator.search.search import SearchIndex
from ops.simulator.world.world import World


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares calls of a library past the gateway and through it.

    Attributes:
        methods: What is called.
        run: Calls it.
        refusal: How the library tells what the gateway refuses.
        readers: A gateway for each profile, for calls that change nothing; those that do get one for themselves.
        verdicts: What was found, by key and profile.
    """

    methods: Mapping[str, Method]
    run: Run
    refusal: Failure
    readers: Mapping[Profile, Side]
    verdicts: dict[tuple[str, Profile], str] = field(default_factory=dict)
    _wanted: dict[str, Outcome] = field(default_factory=dict)

    async def compare(self, key: str, profile: Profile) -> None:
        """Call the method of `key` both ways.

        Raises:
            AssertionError: The gateway makes a difference that the profile does not explain.
        """
        method = self.methods[key]
        wanted = await self._reference(key)
        got = await self._through(method, profile, reads=method.prepare is None and wanted.state is None)
        trouble = method.instead.get(profile)
        if is_refused(wanted, profile):
            assert got.failure == self.refusal
            assert set(got.calls) <= {("GET", "/me")}, "a refusal must not cost a call, save that for who asks"
        elif trouble is not None and trouble.failure is None:
            with pytest.raises(AssertionError):
                check(method, wanted, got, profile)
        else:
            check(method, wanted, got, profile)
        self.verdicts[key, profile] = verdict(method, wanted, got, profile)

    async def _reference(self, key: str) -> Outcome:
        """Return what comes of a call past the gateway, for an app that has everything."""
        method = self.methods[key]
        if key not in self._wanted:
            async with straight(Profile.EXTENDED_LEGACY) as side:
                self._wanted[key] = await outcome(method, side, self.run)
        wanted = self._wanted[key]
        assert wanted.failure == (method.trouble and method.trouble.failure), method.trouble
        return wanted

    async def _through(self, method: Method, profile: Profile, *, reads: bool) -> Outcome:
        if reads:
            return await outcome(method, self.readers[profile], self.run)
        async with behind(profile) as side:
            return await outcome(method, side, self.run)


@asynccontextmanager
async def comparing(methods: Mapping[str, Method], run: Run, refusal: Failure) -> AsyncIterator[Comparison]:
    """Start what all comparisons of a library share."""
    async with AsyncExitStack() as stack:
        stack.enter_context(_settled_world())
        readers = {profile: await stack.enter_async_context(behind(profile)) for profile in CONFIGS}
        yield Comparison(methods, run, refusal, readers)


@contextmanager
def _settled_world() -> Iterator[None]:
    """Keep the garbage collector away from the simulator's world, which is large and stays."""
    seed = SimulatorConfig().seed
    World.of(seed)
    SearchIndex.of(seed)
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
