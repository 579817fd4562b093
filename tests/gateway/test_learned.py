import pytest

from gateway.catalogue import CATALOGUE
from gateway.endpoint import FanOut, Library, Paged, Profile, Removed, Renamed
from gateway.errors import ForbiddenError, NotFoundError, RejectedError
from gateway.learned import Lesson, choose, teaches

SEARCH, BATCH, SAVE = CATALOGUE["search"], CATALOGUE["get-several-tracks"], CATALOGUE["save-tracks-user"]


def test_a_known_profile_is_believed_until_spotify_says_otherwise() -> None:
    first, fallback = choose(BATCH, Profile.EXTENDED, None)
    assert first is None
    assert isinstance(fallback, FanOut)
    assert choose(BATCH, Profile.EXTENDED, Lesson.CUT) == (fallback, None)
    assert choose(BATCH, Profile.DEVELOPMENT, None) == (fallback, None)


def test_an_unknown_profile_takes_the_safe_way_where_it_costs_nothing() -> None:
    first, fallback = choose(SAVE, Profile.AUTO, None)
    assert isinstance(first, Library)
    assert fallback is None
    assert isinstance(choose(CATALOGUE["get-playlists-tracks"], Profile.AUTO, None)[0], Renamed)


@pytest.mark.parametrize("lesson", [None, Lesson.SERVED])
def test_an_unknown_profile_tries_the_full_thing_where_the_safe_way_costs_calls(lesson: Lesson | None) -> None:
    assert choose(BATCH, Profile.AUTO, lesson) == (None, FanOut("get-track", "tracks"))
    assert choose(SEARCH, Profile.AUTO, lesson) == (None, Paged(10))
    assert isinstance(choose(CATALOGUE["get-available-markets"], Profile.AUTO, lesson)[1], Removed)


def test_what_no_profile_lacks_is_never_emulated() -> None:
    for profile in Profile:
        assert choose(CATALOGUE["get-track"], profile, None) == (None, None)


def test_only_the_word_for_a_missing_route_teaches() -> None:
    assert teaches(ForbiddenError("Forbidden"), FanOut("get-track", "tracks"))
    assert not teaches(ForbiddenError("Insufficient client scope"), FanOut("get-track", "tracks"))
    assert not teaches(NotFoundError("Forbidden"), FanOut("get-track", "tracks"))
    assert teaches(RejectedError("Invalid limit"), Paged(10))
    assert not teaches(RejectedError("Invalid limit"), FanOut("get-track", "tracks"))
    assert not teaches(ForbiddenError("Forbidden"), Paged(10))
