import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gateway.oauth.client import Client
from gateway.oauth.documents import Documents, DocumentsConfig
from gateway.oauth.errors import ClientError
from gateway.oauth.fetch import Fetched, FetchError
from virtual_time import run

ID = "https://app.example/client.json"


class Site:
    """A fetch that takes a second, answers with a good document unless told otherwise, and counts."""

    def __init__(self) -> None:
        self.permitted = frozenset({"http://127.0.0.1:1234"})
        self.cache_control = ""
        self.says: Callable[[str], bytes | Exception] = lambda url: json.dumps(
            {"client_id": url, "client_name": "App", "redirect_uris": ["https://app.example/cb"]}
        ).encode()
        self.fetched: list[str] = []
        self.ended = 0

    async def __call__(self, url: str) -> Fetched:
        self.fetched.append(url)
        try:
            await asyncio.sleep(1)
        finally:
            self.ended += 1
        said = self.says(url)
        if isinstance(said, Exception):
            raise said
        return Fetched(said, self.cache_control)


def with_documents(
    test: Callable[[Site, Documents], Coroutine[Any, Any, None]], config: DocumentsConfig | None = None
) -> None:
    async def main() -> None:
        site = Site()
        clock = asyncio.get_running_loop().time
        async with Documents(site, config or DocumentsConfig(), clock=clock) as documents:
            await test(site, documents)

    run(main())


async def problem(documents: Documents, client_id: str = ID) -> ClientError:
    with pytest.raises(ClientError) as refused:
        await documents.find(client_id)
    return refused.value


def test_many_who_ask_at_once_cause_one_fetch() -> None:
    async def test(site: Site, documents: Documents) -> None:
        found = await asyncio.gather(*(documents.find(ID) for _ in range(50)))
        assert {client.id for client in found} == {ID}
        assert site.fetched == [ID]

    with_documents(test)


@pytest.mark.parametrize(
    ("cache_control", "kept_s"),
    [
        ("", 300),
        ("public, max-age=1000", 1000),
        ('Max-Age="1000"', 1000),
        ("max-age=1", 60),
        ("max-age=0", 60),
        ("no-store, max-age=1000", 60),
        ("no-cache", 60),
        ("max-age=9999999999", 86_400),
        ("max-age=1000, max-age=2000", 1000),
        ("max-age=-5, s-maxage=7, max-age=x", 300),
        ("x-max-age=7", 300),
    ],
)
def test_a_document_is_kept_as_long_as_its_server_says_within_bounds(cache_control: str, kept_s: int) -> None:
    async def test(site: Site, documents: Documents) -> None:
        site.cache_control = cache_control
        await documents.find(ID)
        await asyncio.sleep(kept_s - 0.5)
        await documents.find(ID)
        assert len(site.fetched) == 1
        await asyncio.sleep(1)
        await documents.find(ID)
        assert len(site.fetched) == 2

    with_documents(test)


@pytest.mark.parametrize(
    "said",
    [FetchError("was answered with status 500"), b"<html>", b'{"client_id": "https://evil.example/c"}'],
    ids=["unreachable", "no JSON", "of another"],
)
def test_an_id_without_a_good_document_is_not_fetched_again_for_a_minute(said: bytes | Exception) -> None:
    async def test(site: Site, documents: Documents) -> None:
        good, site.says = site.says, lambda _: said
        first = await problem(documents)
        assert first.code == "invalid_client"
        assert "evil" not in first.description
        await asyncio.sleep(59)
        again = await problem(documents)
        # Never the same exception twice: it would gather the traces of all who got it.
        assert again is not first
        assert again.description == first.description
        assert len(site.fetched) == 1
        site.says = good
        await asyncio.sleep(2)
        assert isinstance(await documents.find(ID), Client)

    with_documents(test)


def test_errors_are_remembered_only_if_that_is_wanted() -> None:
    async def test(site: Site, documents: Documents) -> None:
        site.says = lambda _: b""
        await problem(documents)
        await problem(documents)
        assert len(site.fetched) == 2

    with_documents(test, DocumentsConfig(refused_s=0))


def test_a_client_whose_document_went_bad_ends_with_what_was_kept_of_it() -> None:
    async def test(site: Site, documents: Documents) -> None:
        await documents.find(ID)
        site.says = lambda _: FetchError("was answered with status 404")
        await asyncio.sleep(301)
        assert "status 404" in (await problem(documents)).description

    with_documents(test)


def test_who_leaves_takes_the_document_from_nobody_else() -> None:
    async def test(site: Site, documents: Documents) -> None:
        first = asyncio.create_task(documents.find(ID))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(documents.find(ID))
        await asyncio.sleep(0.1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert (await second).id == ID
        assert len(site.fetched) == 1

    with_documents(test)


def test_strangers_cannot_make_it_fetch_more_than_so_many_at_once() -> None:
    async def test(_: Site, documents: Documents) -> None:
        asking = [asyncio.create_task(documents.find(f"{ID}?{number}")) for number in range(3)]
        await asyncio.sleep(0.5)
        busy = await problem(documents)
        assert (busy.code, busy.status) == ("temporarily_unavailable", 503)
        # Whoever asks for one that is under way is not refused.
        assert (await documents.find(f"{ID}?1")).id == f"{ID}?1"
        await asyncio.gather(*asking)
        assert (await documents.find(ID)).id == ID

    with_documents(test, DocumentsConfig(at_once=3))


def test_strangers_cannot_make_it_fetch_more_than_so_many_in_a_minute() -> None:
    async def test(site: Site, documents: Documents) -> None:
        refused = 0
        for number in range(300):
            try:
                await documents.find(f"{ID}?{number}")
            except ClientError as error:
                assert error.status == 503
                refused += 1
                await asyncio.sleep(0.2)
        loop = asyncio.get_running_loop()
        assert len(site.fetched) + refused == 300
        assert len(site.fetched) <= 5 + 0.5 * loop.time() + 1
        # What is known costs nothing.
        assert (await documents.find(site.fetched[-1])).id == site.fetched[-1]

    with_documents(test, DocumentsConfig(per_s=0.5, burst=5))


def test_those_asked_for_last_are_remembered() -> None:
    async def test(site: Site, documents: Documents) -> None:
        for number in (1, 2, 1, 3):
            await documents.find(f"{ID}?{number}")
        assert len(site.fetched) == 3
        await documents.find(f"{ID}?1")
        assert len(site.fetched) == 3
        await documents.find(f"{ID}?2")
        assert len(site.fetched) == 4

    with_documents(test, DocumentsConfig(most=2))


def test_ids_made_up_in_a_row_push_no_client_out() -> None:
    async def test(site: Site, documents: Documents) -> None:
        await documents.find(ID)
        site.says = lambda _: b""
        for number in range(10):
            await problem(documents, f"{ID}?{number}")
        assert (await documents.find(ID)).id == ID
        assert len(site.fetched) == 11

    with_documents(test, DocumentsConfig(most=2, most_refused=2))


@pytest.mark.parametrize(
    "client_id", ["https://app.example/a/../b", "https://app.example", "https://u@app.example/c"]
)
def test_an_id_that_is_no_plain_address_is_not_fetched(client_id: str) -> None:
    async def test(site: Site, documents: Documents) -> None:
        assert documents.covers(client_id)
        assert "client_id" in (await problem(documents, client_id)).description
        assert site.fetched == []

    with_documents(test)


def test_it_covers_addresses_and_nothing_else() -> None:
    async def test(_: Site, documents: Documents) -> None:
        assert documents.covers("http://127.0.0.1:1234/client.json")
        assert (await documents.find("http://127.0.0.1:1234/client.json")).origin == "document"
        for other in ("http://127.0.0.1/client.json", "dyn_x", "app", ""):
            assert not documents.covers(other)

    with_documents(test)


def test_closing_ends_what_is_under_way() -> None:
    async def main() -> None:
        site = Site()
        async with Documents(site, DocumentsConfig(), clock=asyncio.get_running_loop().time) as documents:
            asking = asyncio.create_task(documents.find(ID))
            await asyncio.sleep(0.5)
            assert site.ended == 0
        assert site.ended == 1
        with pytest.raises(asyncio.CancelledError):
            await asking

    run(main())


def test_ids_made_up_in_a_row_do_not_keep_a_known_client_out() -> None:
    async def test(site: Site, documents: Documents) -> None:
        await documents.find(ID)
        await asyncio.sleep(10)
        assert [(await problem(documents, f"{ID}?{number}")).status for number in range(5)] == [
            400,
            400,
            503,
            503,
            503,
        ]
        assert (await documents.find(ID)).id == ID
        assert site.fetched.count(ID) == 2

    async def strangers(site: Site, documents: Documents) -> None:
        good = site.says
        site.says = lambda url: good(url) if url == ID else FetchError("could not be had")
        await test(site, documents)

    with_documents(strangers, DocumentsConfig(per_s=0.1, burst=2, least_s=5, unsaid_s=5))
