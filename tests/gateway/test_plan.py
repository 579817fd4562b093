import pytest

from gateway.catalogue import CATALOGUE
from gateway.endpoint import Profile
from gateway.errors import UnsupportedInProfileError
from gateway.params import bind
from gateway.plan import Many, One, Pages, Plan, emulation_of, plan

A, B = "4cJPC6Y0d1ias1xK2lB9S2", "1301WleyT98MSxVHPZCA6M"


def planned(endpoint: str, profile: Profile, *raw: tuple[str, object]) -> Plan:
    entry = CATALOGUE[endpoint]
    return plan(
        entry, bind(entry, raw), emulation=emulation_of(entry, profile), profile=profile, catalogue=CATALOGUE
    )


@pytest.mark.parametrize("profile", [Profile.EXTENDED, Profile.EXTENDED_LEGACY, Profile.DEVELOPMENT_LEGACY])
def test_a_large_page_is_one_call_where_spotify_takes_it(profile: Profile) -> None:
    assert isinstance(planned("search", profile, ("q", "x"), ("type", "track"), ("limit", 50)), One)


@pytest.mark.parametrize("profile", [Profile.DEVELOPMENT, Profile.AUTO])
def test_a_large_page_becomes_pages_of_ten_where_it_does_not(profile: Profile) -> None:
    pages = planned("search", profile, ("q", "x"), ("type", "track"), ("limit", 25), ("offset", 3))
    assert isinstance(pages, Pages)
    requests = [pages.first, *pages.rest(1000)]
    assert [(dict(r.query).get("offset"), dict(r.query)["limit"]) for r in requests] == [
        ("3", "10"),
        ("13", "10"),
        ("23", "5"),
    ]


@pytest.mark.parametrize(("total", "further"), [(0, 0), (10, 0), (11, 1), (21, 2), (10_000, 4)])
def test_only_pages_that_hold_something_are_asked_for(total: int, further: int) -> None:
    pages = planned("search", Profile.DEVELOPMENT, ("q", "x"), ("type", "track"), ("limit", 50))
    assert isinstance(pages, Pages)
    assert len(pages.rest(total)) == further


def test_no_page_begins_beyond_the_largest_offset() -> None:
    pages = planned("search", Profile.DEVELOPMENT, ("q", "x"), ("type", "track"), ("limit", 50), ("offset", 985))
    assert isinstance(pages, Pages)
    assert [dict(r.query)["offset"] for r in pages.rest(10_000)] == ["995"]


def test_a_page_that_fits_is_one_call_in_every_profile() -> None:
    for profile in Profile:
        assert isinstance(planned("search", profile, ("q", "x"), ("type", "track"), ("limit", 10)), One)


def test_a_batch_read_becomes_single_reads_where_it_is_gone() -> None:
    many = planned("get-several-tracks", Profile.DEVELOPMENT, ("ids", f"{A},{B}"), ("market", "US"))
    assert isinstance(many, Many)
    assert [request.path for request in many.requests] == [f"/tracks/{A}", f"/tracks/{B}"]
    assert all(request.query == (("market", "US"),) for request in many.requests)


@pytest.mark.parametrize(
    ("endpoint", "profile"),
    [
        ("get-an-artists-top-tracks", Profile.DEVELOPMENT),
        ("get-an-artists-related-artists", Profile.EXTENDED),
        ("get-audio-features", Profile.DEVELOPMENT_LEGACY),
    ],
)
def test_what_cannot_be_had_is_refused_with_profile_and_replacement(endpoint: str, profile: Profile) -> None:
    with pytest.raises(UnsupportedInProfileError, match=f"{profile}: .*(search|no replacement)"):
        planned(endpoint, profile, ("id", A))
