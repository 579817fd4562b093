"""Reads that wait for the budget share calls: who boards, what each gets, what it costs, and who must wait."""

from collections.abc import Iterator

import orjson
import pytest

from batching_rig import INTERACTIVE, TOKENS, all_of, ids, load, several, shared, track
from cache import Flight
from gateway.catalogue import CATALOGUE
from gateway.endpoint import Profile
from gateway.errors import (
    ForbiddenError,
    NotFoundError,
    UpstreamUnavailableError,
)
from gateway.form import Form, forms_of
from gateway.loader import Identity
from gateway.params import render
from gateway.steps import Reply
from gateway.transport import Response
from pipeline import (
    Notes,
    ScriptedTransport,
    answer,
    new_batcher,
    new_client,
    new_upstream,
    refused,
    things,
)
from virtual_time import run


def test_fifty_unknown_ids_cost_one_call_known_ones_nothing_and_a_new_one_is_read_alone() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = new_client(transport)
        first = await several(client, ids(50))
        assert [one["id"] for one in orjson.loads(first.body)["tracks"]] == ids(50)
        assert (first.upstream_calls, first.cache) == (1, "miss")
        again = await several(client, ids(50))
        assert (again.upstream_calls, again.cache, again.body) == (0, "hit", first.body)
        mixed = await several(client, ids(50, start=1))
        assert (mixed.upstream_calls, len(transport.sent)) == (1, 2)
        assert transport.sent[-1][1].endswith(f"/tracks/{ids(1, start=50)[0]}")
        assert (await track(client, ids(1)[0])).cache == "hit"

    run(main())


def test_single_reads_of_many_callers_share_the_call_that_is_granted_next() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = new_client(transport, calls=1)
        await track(client, "9" * 22)
        replies = await all_of([track(client, one) for one in ids(50)])
        assert shared(transport) == [1, 50]
        assert [orjson.loads(reply.body)["id"] for reply in replies] == ids(50)
        # Nobody pays for what somebody else has sent.
        assert sorted(reply.upstream_calls for reply in replies) == [0] * 49 + [1]

    run(main())


def test_an_unknown_id_of_a_batch_is_answered_as_spotify_would_and_remembered() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        client = new_client(transport)
        known, unknown = ids(1)[0], "0" * 21 + "x"
        reply = await several(client, [known, unknown])
        assert orjson.loads(reply.body) == {"tracks": [{"id": known}, None]}
        with pytest.raises(NotFoundError, match="Resource not found"):
            await track(client, unknown)
        assert len(transport.sent) == 1

    run(main())


def test_an_id_that_a_shorter_answer_leaves_out_is_unknown() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"tracks": [{"id": ids(3)[2]}, {"id": ids(3)[0]}]}))
        reply = await several(new_client(transport), ids(3))
        found = orjson.loads(reply.body)["tracks"]
        assert found == [{"id": ids(3)[0]}, None, {"id": ids(3)[2]}]

    run(main())


def test_a_track_that_spotify_replaces_by_another_belongs_to_the_id_that_was_asked_for() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: answer({"tracks": [{"id": "other"}, {"id": ids(2)[1]}]}))
        client = new_client(transport)
        await several(client, ids(2))
        assert orjson.loads((await track(client, ids(2)[0])).body) == {"id": "other"}

    run(main())


@pytest.mark.parametrize("document", [{}, {"tracks": None}, [], {"tracks": [3]}])
def test_an_answer_that_is_no_batch_is_an_error_for_all_of_it(document: object) -> None:
    async def main() -> None:
        client = new_client(ScriptedTransport(lambda *_: answer(document)))
        for outcome in await all_of([track(client, one) for one in ids(2)]):
            assert isinstance(outcome, UpstreamUnavailableError)

    run(main())


@pytest.mark.parametrize("status", [400, 404])
def test_one_odd_id_does_not_spoil_the_others(status: int) -> None:
    async def main() -> None:
        odd = ids(3)[1]

        def script(method: str, url: str) -> Response:
            return refused(status, "Invalid base62 id") if odd in url else things(method, url)

        transport = ScriptedTransport(script)
        client = new_client(transport)
        outcomes = await all_of([track(client, one) for one in ids(3)])
        assert [isinstance(outcome, Reply) for outcome in outcomes] == [True, False, True]
        assert outcomes[0].upstream_calls == 2
        assert shared(transport) == [3, 1, 1, 1]

    run(main())


def test_a_batch_that_fails_in_passing_is_repeated_as_one_and_one_caller_pays_for_both() -> None:
    async def main() -> None:
        outcomes: Iterator[Response] = iter([refused(503, "no"), refused(401, "The access token expired")])
        transport = ScriptedTransport(lambda *call: next(outcomes, None) or things(*call))
        client = new_client(transport)
        replies = await all_of([track(client, one) for one in ids(10)])
        assert shared(transport) == [10, 10, 10]
        assert sorted(reply.upstream_calls for reply in replies) == [0] * 9 + [3]

    run(main())


def test_an_error_of_the_batch_is_the_error_of_all_its_members() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: refused(403, "The app is suspended"))
        for outcome in await all_of([load(new_batcher(new_upstream(transport)), one) for one in ids(2)]):
            assert isinstance(outcome, ForbiddenError)
        batcher = new_batcher(new_upstream(transport))
        outcomes = await all_of([load(batcher, one) for one in ids(5)])
        assert [outcome.message for outcome in outcomes] == ["The app is suspended"] * 5
        assert len(transport.sent) == 3

    run(main())


def test_one_caller_pays_for_a_batch_that_came_to_nothing() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: refused(503, "down"))
        batcher, paid = new_batcher(new_upstream(transport)), list[int]()
        outcomes = await all_of([load(batcher, one, wasted=paid.append) for one in ids(5)])
        assert [type(outcome) for outcome in outcomes] == [UpstreamUnavailableError] * 5
        assert sorted(paid) == [0, 0, 0, 0, len(transport.sent)]

    run(main())


def test_an_app_without_batches_is_found_out_once_and_nobody_goes_without_an_answer() -> None:
    async def main() -> None:
        def script(method: str, url: str) -> Response:
            return refused(403, "Forbidden") if "ids=" in url else things(method, url)

        transport, notes = ScriptedTransport(script), Notes()
        batcher = new_batcher(new_upstream(transport), profile=Profile.AUTO, notes=notes)
        loaded = await all_of([load(batcher, one) for one in ids(60)])
        assert [orjson.loads(one.answer.body)["id"] for one in loaded] == ids(60)
        assert notes.lacks("get-several-tracks")
        # Sixty are two batches, which both left before the first answer.
        assert shared(transport) == [50, 10] + [1] * 60
        assert sum(one.calls for one in loaded) == len(transport.sent)
        await all_of([load(batcher, one) for one in ids(5)])
        assert shared(transport)[62:] == [1] * 5
        # Another kind may still be had.
        assert batcher.sharing(CATALOGUE["get-an-album"]).most == 20

    run(main())


def test_what_differs_between_a_batch_and_a_single_read_never_shares() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        batcher = new_batcher(new_upstream(transport))
        await all_of([load(batcher, one, endpoint="get-a-show", market="US") for one in ids(3)])
        assert shared(transport) == [1, 1, 1]

    run(main())


def test_only_reads_of_one_kind_market_and_name_share() -> None:
    async def main() -> None:
        transport = ScriptedTransport(things)
        batcher, one = new_batcher(new_upstream(transport)), ids(1)[0]
        mine, entry = Identity(TOKENS, "me"), CATALOGUE["get-track"]
        request = render(entry, {"id": one})
        await all_of(
            [
                load(batcher, one),
                load(batcher, one, market="US"),
                load(batcher, one, market="DE"),
                load(batcher, one, endpoint="get-an-album"),
                batcher.load(entry, request, identity=mine, flight=Flight(60.0), priority=INTERACTIVE),
            ]
        )
        assert shared(transport) == [1] * 5

    run(main())


def test_each_kind_has_its_own_largest_call() -> None:
    async def main() -> None:
        for endpoint, most in {
            "get-track": 50,
            "get-an-artist": 50,
            "get-an-album": 20,
            "get-an-episode": 50,
        }.items():
            transport = ScriptedTransport(things)
            batcher = new_batcher(new_upstream(transport))
            await all_of([load(batcher, one, endpoint=endpoint) for one in ids(120)])
            assert max(shared(transport)) == most
            assert sum(shared(transport)) == 120

    run(main())


def test_what_nobody_expected_reaches_the_callers() -> None:
    async def main() -> None:
        transport = ScriptedTransport(lambda *_: ValueError("a bug"))
        batcher = new_batcher(new_upstream(transport))
        for outcome in await all_of([load(batcher, one) for one in ids(2)]):
            assert isinstance(outcome, ValueError)

    run(main())


@pytest.mark.parametrize(("name", "form"), forms_of(CATALOGUE).items())
def test_every_batch_read_is_the_other_form_of_its_single_read(name: str, form: Form) -> None:
    single, batch = CATALOGUE[name], form.batch
    assert (batch.family, batch.auth, batch.repeatable) == (single.family, single.auth, single.repeatable)
    assert {param.name for param in batch.params} - {"ids"} == {param.name for param in single.params} - {"id"}
    # The id is taken from the end of the path.
    assert single.path.endswith("/{id}")
    assert form.most == (20 if name == "get-an-album" else 50)
