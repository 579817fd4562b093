"""The documented examples of the published catalog and of iceener's code, as they are answered here."""

from typing import Any

import pytest
from yarl import URL

from gateway.transport import Response
from pipeline import answer, refused
from tool_rig import SEARCH, Rig, Spotify
from tools.compat import Compat

BOTH = pytest.mark.parametrize("compat", list(Compat))
CRUSH: dict[str, Any] = {
    "type": "track",
    "id": "4cJPC6Y0d1ias1xK2lB9S2",
    "uri": "spotify:track:4cJPC6Y0d1ias1xK2lB9S2",
    "name": "Instant Crush",
    "artists": ["Daft Punk", "Julian Casablancas"],
}
LINE = "- [track] Instant Crush — spotify:track:4cJPC6Y0d1ias1xK2lB9S2"
X = "\N{MULTIPLICATION SIGN}"
OURS = {"summary": {"ok": 1, "failed": 0}, "upstream_calls": 1}


def rig(compat: Compat, **changes: Any) -> Rig:
    return Rig(make=SEARCH.make, compat=compat, **changes)


def page(count: int = 1, total: int | None = None) -> dict[str, Any]:
    """As Spotify shows the track of the example, cut to what the example shows."""
    shown = {**CRUSH, "artists": [{"name": name} for name in CRUSH["artists"]]}
    return {"href": "https://x", "items": [shown] * count, "total": count if total is None else total}


def spotify(document: object) -> Spotify:
    return Spotify(lambda *_: answer(document))


@BOTH
def test_the_catalogs_example_is_answered_word_for_word(compat: Compat) -> None:
    world = spotify({"tracks": page(total=3)})
    request = {"queries": ["Instant Crush daft punk"], "types": ["track"], "limit": 3, "mode": "slim"}
    result = rig(compat).ask(world, **request)
    batch = {
        "inputIndex": 0,
        "query": "Instant Crush daft punk",
        "totals": {"track": 3},
        "items": [CRUSH],
    }
    documented = {
        "_msg": f'Results for "Instant Crush daft punk":\n{LINE}',
        "queries": ["Instant Crush daft punk"],
        "types": ["track"],
        "limit": 3,
        "offset": 0,
        "batches": [batch],
    }
    assert result.structured == documented | OURS | {"batches": [{**batch, "ok": True}]}
    assert world.asked == [("GET /search?limit=3&q=Instant Crush daft punk&type=track", None)]


def by_query(method: str, url: str) -> Response:
    del method
    match URL(url).query["q"]:
        case "q1":
            return answer({"tracks": page(3)})
        case "many":
            return answer({"tracks": page(7)})
        case "bad":
            return refused(400, "Bad query")
        case _:
            return answer({"tracks": page(0)})


def test_the_catalogs_message_of_two_queries() -> None:
    result = SEARCH.ask(Spotify(by_query), queries=["q1", "q2"], types=["track"])
    lines = result.text.splitlines()
    assert lines[0] == (
        f'Processed 2 queries — 3{X} "q1", 0{X} "q2". No results for "q2". Review and select URIs to proceed.'
    )
    assert lines[1:] == ['Results for "q1":', LINE, LINE, LINE]


@BOTH
def test_a_preview_has_twenty_lines_or_with_iceener_five(compat: Compat) -> None:
    result = rig(compat).ask(spotify({"tracks": page(22)}), queries=["a"], types=["track"], limit=50)
    shown, more = (20, "  … and 2 more in items") if compat is Compat.SEED else (5, "… and 17 more")
    assert result.text.splitlines() == ['Results for "a":', *[LINE] * shown, more]
    assert len(result.structured["batches"][0]["items"]) == 22


def test_iceeners_message_of_several_queries() -> None:
    result = rig(Compat.ICEENER).ask(Spotify(by_query), queries=["many", "q2", "q1"], types=["track"])
    assert result.text == (
        f'Processed 3 queries — 7{X} "many", 0{X} "q2", 3{X} "q1". No results for "q2".\n\n'
        'Results for "many":\n' + f"{LINE}\n" * 5 + "… and 2 more\n\n"
        'No results for "q2".\n\n'
        f'Results for "q1":\n{LINE}\n{LINE}\n{LINE}'
    )
    assert [batch["totals"] for batch in result.structured["batches"]] == [{"track": n} for n in (7, 0, 3)]


def test_iceeners_message_of_nothing() -> None:
    result = rig(Compat.ICEENER).ask(Spotify(by_query), queries=["q2"], types=["track"])
    assert result.text == 'No results for "q2".'


@BOTH
def test_items_come_in_the_order_of_both_sources_with_their_slim_fields(compat: Compat) -> None:
    url = {"external_urls": {"spotify": "https://open.spotify.com/x"}}
    kinds: dict[str, dict[str, Any]] = {
        "playlist": {"owner": {"display_name": "Ann"}},
        "artist": {"genres": ["pop"]},
        "album": {"artists": [{"name": "Daft Punk"}], "release_date": "2013"},
        "track": {"album": {"name": "RAM"}, "duration_ms": 7},
    }
    whole = {
        f"{kind}s": {
            "items": [None, {"id": "1", "name": kind, "uri": f"spotify:{kind}:1", **url, **more}, {"id": "2"}],
            "total": 9,
        }
        for kind, more in kinds.items()
    }
    result = rig(compat).ask(spotify(whole), queries=["x"], types=list(kinds))
    common = {
        kind: {
            "type": kind,
            "id": "1",
            "uri": f"spotify:{kind}:1",
            "name": kind,
            "url": url["external_urls"]["spotify"],
        }
        for kind in kinds
    }
    assert result.structured["batches"][0]["items"] == [
        common["track"] | {"artists": [], "album": "RAM", "duration_ms": 7},
        common["album"],
        common["artist"],
        common["playlist"] | {"owner": "Ann"},
    ]
    assert result.structured["batches"][0]["totals"] == dict.fromkeys(kinds, 9)


def test_a_query_that_fails_fails_alone_or_with_iceener_the_whole_search() -> None:
    asked: dict[str, Any] = {"queries": ["q1", "bad"], "types": ["track"], "limit": 7, "offset": 2}
    whole = SEARCH.ask(Spotify(by_query), **asked)
    assert [batch["ok"] for batch in whole.structured["batches"]] == [True, False]
    assert not whole.is_error
    failed = rig(Compat.ICEENER).ask(Spotify(by_query), **asked)
    assert failed.is_error
    assert failed.structured == {
        "_msg": 'Failed: "bad" — invalid_arguments: Bad query\nMend what fails, then call again.',
        "queries": [],
        "types": [],
        "limit": 0,
        "offset": 0,
        "batches": [],
        "summary": {"ok": 1, "failed": 1},
        "upstream_calls": 2,
        "error": "Bad query",
        "code": "invalid_arguments",
    }


@pytest.mark.parametrize(
    ("response", "codes", "wait_s"),
    [
        (refused(429, "no", retry_after="80000"), ("rate_limited", "rate_limited"), 80_000),
        (refused(503, "no"), ("unavailable", "bad_response"), None),
        (refused(401, "no"), ("unauthorized", "unauthorized"), None),
        (refused(403, "no"), ("forbidden", "forbidden"), None),
        (refused(404, "no"), ("not_found", "bad_response"), None),
    ],
)
def test_iceener_is_told_the_codes_that_it_knows(
    response: Response, codes: tuple[str, str], wait_s: float | None
) -> None:
    asked: dict[str, Any] = {"queries": ["a"], "types": ["track"]}
    seeds = SEARCH.ask(Spotify(lambda *_: response), **asked)
    iceeners = rig(Compat.ICEENER).ask(Spotify(lambda *_: response), **asked)
    assert seeds.is_error
    assert iceeners.is_error
    assert (seeds.structured["batches"][0]["code"], iceeners.structured["code"]) == codes
    assert iceeners.structured["error"] in iceeners.text
    for result in (seeds, iceeners):
        told = result.structured.get("retry_after")
        assert told == (wait_s if wait_s is None else pytest.approx(wait_s, abs=5))
        assert ("Wait 80" in result.text) is (wait_s is not None)


def test_both_names_are_taken_and_one_is_listed() -> None:
    tool = SEARCH.make(None, clock=lambda: 0.0)
    assert (tool.name, tool.aliases) == ("spotify_search", ("search_catalog",))
