import inspect
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import tekore

from comparing import Comparison, comparing
from differential import CONFIGS
from gateway.endpoint import Profile
from methods_tekore import METHODS, REFUSAL, run

# tekore tells of every field that it does not know.
pytestmark = pytest.mark.filterwarnings("ignore:.* contains unknown attribute:RuntimeWarning")
NO_ENDPOINT = {
    *("all_items", "all_pages", "next", "previous"),
    *("chunked", "chunked_on", "max_limits", "max_limits_on", "token", "token_as"),
    *("close", "follow_short_link", "is_async", "send"),
}
"""What maps to no endpoint of its own; links lead to Spotify itself."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tekore_both_ways() -> AsyncIterator[Comparison]:
    async with comparing(METHODS, run, REFUSAL) as comparison:
        yield comparison


@pytest.mark.parametrize("profile", CONFIGS)
@pytest.mark.parametrize("key", METHODS)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_method_gives_what_it_gives_without_the_gateway(
    key: str, profile: Profile, tekore_both_ways: Comparison
) -> None:
    await tekore_both_ways.compare(key, profile)


def test_no_public_method_is_left_out() -> None:
    public = {name for name, _ in inspect.getmembers(tekore.Spotify) if not name.startswith("_")}
    assert {key.split()[0] for key in METHODS} == public - NO_ENDPOINT
