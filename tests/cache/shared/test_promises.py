"""What all processes together promise, whatever Redis and the network do: nobody finds what is outdated.

Each seed is a story of half a minute: cuts, lost requests and replies, restarts with or without memory, and so on.
"""

import pytest

from cache.shared.observer import Mode
from shared_world import World
from virtual_time import run


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("mode", ["tracking", "messages"])
def test_nobody_is_served_what_he_changed_or_what_others_told_him_of(mode: Mode, seed: int) -> None:
    async def main() -> None:
        world = World(mode, seed=seed)
        await world.live(30)
        assert world.reads > 500
        assert world.loads < world.reads

    run(main())
