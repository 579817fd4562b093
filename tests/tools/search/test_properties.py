from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.endpoint import Profile
from gateway.options import CallOptions
from gateway.transport import Response
from limiter import Priority
from pipeline import answer, refused
from tool_rig import Rig, Spotify, called
from tools.compat import Compat
from tools.search import search_tool
from tools.tool import BadArguments
from virtual_time import run

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("\ud800")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=5,
)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "queries": st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=20),
    "types": st.lists(st.sampled_from(["album", "artist", "playlist", "track"]), min_size=1, max_size=5),
    "market": st.one_of(st.none(), st.sampled_from(["US", "de"])),
    "limit": st.integers(1, 50),
    "offset": st.integers(0, 1000),
    "include_external": st.sampled_from([None, "audio"]),
    "dry_run": st.booleans(),
    "cache": st.booleans(),
    "mode": st.just("slim"),
}
ARGUMENTS = st.fixed_dictionaries(
    {name: GOOD[name] for name in ("queries", "types")},
    optional={name: GOOD[name] for name in GOOD if name not in {"queries", "types"}},
)
SPOILT = st.builds(
    lambda good, spoilt: {**good, **spoilt},
    ARGUMENTS,
    st.dictionaries(st.sampled_from([*GOOD, "colour"]), ANYTHING, min_size=1, max_size=2),
)
ITEMS = st.lists(
    st.one_of(st.none(), st.fixed_dictionaries({"id": st.text(max_size=2), "name": st.text(max_size=2)})),
    max_size=3,
)
FOUND = st.fixed_dictionaries(
    {},
    optional={
        kind: st.one_of(st.none(), st.builds(lambda items: {"href": "", "items": items, "total": 99}, ITEMS))
        for kind in ("albums", "artists", "playlists", "tracks")
    },
).map(answer)
FAULTS = st.sampled_from([answer({}, 503), refused(400, "no"), refused(429, "no", retry_after="9000")])
OPTIONS = st.builds(
    CallOptions,
    priority=st.sampled_from([None, *Priority]),
    deadline_s=st.sampled_from([None, 0.001, 20.0]),
)


@settings(max_examples=80, deadline=None)
@given(
    arguments=st.one_of(ARGUMENTS, SPOILT, st.dictionaries(st.text(max_size=5), ANYTHING, max_size=2)),
    answers=st.lists(st.one_of(FOUND, FAULTS), min_size=1, max_size=5),
    compat=st.sampled_from(Compat),
    profile=st.sampled_from([Profile.EXTENDED, Profile.DEVELOPMENT]),
    calls=st.sampled_from([1, 5, 100]),
    options=OPTIONS,
)
def test_any_arguments_are_refused_as_such_or_have_one_result_for_each_query_in_order(
    arguments: dict[str, Any],
    answers: list[Response],
    *,
    compat: Compat,
    profile: Profile,
    calls: int,
    options: CallOptions,
) -> None:
    async def main() -> None:
        left = iter(answers * 100)
        spotify = Spotify(lambda *_: next(left))
        rig = Rig(make=search_tool, compat=compat, profile=profile, calls=calls, options=options)
        try:
            result = await called(rig.tool(spotify), rig, **arguments)
        except BadArguments as refusal:
            assert refusal.problems
            assert spotify.sent == []
            return
        told = result.structured
        if "estimate" in told:
            assert (spotify.sent, told["batches"]) == ([], [])
            return
        if compat is Compat.ICEENER and result.is_error:
            assert (told["batches"], told["queries"]) == ([], [])
            assert told["error"]
            return
        pairs = [(batch["inputIndex"], batch["query"]) for batch in told["batches"]]
        assert pairs == list(enumerate(arguments["queries"]))
        assert told["queries"] == arguments["queries"]
        oks = [batch["ok"] for batch in told["batches"]]
        assert told["summary"] == {"ok": sum(oks), "failed": len(oks) - sum(oks)}
        assert all(batch["error"] and batch["code"] for batch in told["batches"] if not batch["ok"])
        assert result.is_error is not any(oks)
        assert 0 <= told["upstream_calls"] <= len(spotify.sent)

    run(main())
