"""Users beyond the first ones, for load: any number of them, each with a small library of its own."""

import random
from typing import Final

from ops.simulator.config import MOST_USERS
from ops.simulator.people.founders import PEOPLE, Person, make_user
from ops.simulator.people.society import Society
from ops.simulator.people.users import Kind, User
from ops.simulator.world.world import World

COUNTRIES: Final = ("US", "GB", "DE")
SAVED: Final[dict[Kind, int]] = {"track": 8, "album": 4, "artist": 5}


class Newcomers:
    """Lets users in, `user-001` first; the same seed always has the same ones."""

    __slots__ = ("_seed", "_society", "_world")

    def __init__(self, society: Society, world: World, *, seed: int) -> None:
        self._society = society
        self._world = world
        self._seed = seed

    def arrive(self, count: int) -> tuple[User, ...]:
        """Let `count` more in.

        Raises:
            ValueError: for less than none, or for more than 10,000 altogether.
        """
        here = len(self._society) - len(PEOPLE)
        if not 0 <= count <= MOST_USERS - here:
            raise ValueError(f"count must be 0 to {MOST_USERS - here}")
        arrived = tuple(self._user(here + turn) for turn in range(1, count + 1))
        for user in arrived:
            self._society.join(user)
        return arrived

    def _user(self, number: int) -> User:
        user_id, country = f"user-{number:03}", COUNTRIES[number % len(COUNTRIES)]
        rng = random.Random(f"{user_id}:{self._seed}")  # noqa: S311 - repeatable draws are the purpose
        person: Person = (user_id, f"Listener {number:03}", country, "premium", 0)
        return make_user(self._world, rng, seed=self._seed, person=person, saved=SAVED)
