"""A pair of lanes that lives as long as a module: hypothesis asks it hundreds of times."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from mcp_lanes import McpLanes, mcp_lanes


class SharedPair:
    """The pair and the loop that it runs on."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._context: AbstractAsyncContextManager[McpLanes] = mcp_lanes()
        self.pair = runner.run(self._context.__aenter__())

    def run(self, work: Callable[[McpLanes], Coroutine[Any, Any, Any]]) -> Any:
        """Run `work` over the pair, for 10 s at most."""
        return self._runner.run(asyncio.wait_for(work(self.pair), 10))

    def close(self) -> None:
        """Stop both."""
        self._runner.run(self._context.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def shared_pair() -> Iterator[SharedPair]:
    with asyncio.Runner() as runner:
        shared = SharedPair(runner)
        yield shared
        shared.close()
