from gateway.catalogue import CATALOGUE
from gateway.endpoint import FanOut, Library, Paged, Profile, Removed, Renamed
from gateway.errors import ForbiddenError, NotFoundError, RejectedError
from gateway.learned import choose, has_batches, is_served, teaches

SEARCH, BATCH, SAVE = CATALOGUE["search"], CATALOGUE["get-several-tracks"], CATALOGUE["save-tracks-user"]
SHOWS = CATALOGUE["get-multiple-shows"]


def test_a_known_profile_is_believed_until_spotify_says_otherwise() -> None:
    first, fallback = choose(SHOWS, Profile.EXTENDED, lacking=False)
    assert first is None
    assert isinstance(fallback, FanOut)
    assert choose(SHOWS, Profile.EXTENDED, lacking=True) == (fallback, None)
    assert choose(SHOWS, Profile.DEVELOPMENT, lacking=False) == (fallback, None)


def test_a_batch_of_whole_things_is_single_reads_everywhere_and_those_may_share_a_call() -> None:
    for profile in Profile:
        assert choose(BATCH, profile, lacking=False) == (FanOut("get-track", "tracks"), None)
        assert has_batches(BATCH, profile, lacking=False) is (profile is not Profile.DEVELOPMENT)
        assert not has_batches(BATCH, profile, lacking=True)


def test_an_unknown_profile_takes_the_safe_way_where_it_costs_nothing() -> None:
    first, fallback = choose(SAVE, Profile.AUTO, lacking=False)
    assert isinstance(first, Library)
    assert fallback is None
    assert isinstance(choose(CATALOGUE["get-playlists-tracks"], Profile.AUTO, lacking=False)[0], Renamed)


def test_an_unknown_profile_tries_the_full_thing_where_the_safe_way_costs_calls() -> None:
    assert choose(SHOWS, Profile.AUTO, lacking=False) == (None, FanOut("get-a-show", "shows", whole=False))
    assert choose(SEARCH, Profile.AUTO, lacking=False) == (None, Paged(10))
    assert isinstance(choose(CATALOGUE["get-available-markets"], Profile.AUTO, lacking=False)[1], Removed)


def test_what_no_profile_lacks_is_never_emulated() -> None:
    for profile in Profile:
        assert choose(CATALOGUE["get-track"], profile, lacking=False) == (None, None)


class Lacking:
    """A notebook with one page."""

    def __init__(self, *endpoints: str) -> None:
        self._endpoints = endpoints

    def lacks(self, endpoint: str) -> bool:
        return endpoint in self._endpoints

    def note(self, endpoint: str) -> None:
        raise AssertionError(endpoint)


def test_what_is_refused_every_time_is_not_served() -> None:
    markets = CATALOGUE["get-available-markets"]
    assert not is_served(markets, profile=Profile.DEVELOPMENT, notebook=Lacking())
    assert is_served(markets, profile=Profile.EXTENDED, notebook=Lacking())
    assert is_served(markets, profile=Profile.AUTO, notebook=Lacking())
    assert not is_served(markets, profile=Profile.AUTO, notebook=Lacking(markets.id))
    # What is made up for is served, and so is what the user has for himself only.
    for entry in (SHOWS, SEARCH, SAVE, CATALOGUE["get-users-profile"]):
        assert is_served(entry, profile=Profile.DEVELOPMENT, notebook=Lacking(entry.id))


def test_only_the_word_for_a_missing_route_teaches() -> None:
    assert teaches(ForbiddenError("Forbidden"), FanOut("get-track", "tracks"))
    assert not teaches(ForbiddenError("Insufficient client scope"), FanOut("get-track", "tracks"))
    assert not teaches(NotFoundError("Forbidden"), FanOut("get-track", "tracks"))
    assert teaches(RejectedError("Invalid limit"), Paged(10))
    assert not teaches(RejectedError("Invalid limit"), FanOut("get-track", "tracks"))
    assert not teaches(ForbiddenError("Forbidden"), Paged(10))
