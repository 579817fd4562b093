import orjson

from gateway.assemble import collect, merge_pages, total_of


def page(items: list[int], *, offset: int, total: int, kind: str = "tracks") -> bytes:
    href = f"https://api.spotify.com/v1/search?query=a%26b&type=track&offset={offset}&limit=10"
    paging = {"href": href, "limit": 10, "next": None, "offset": offset, "previous": None, "total": total}
    return orjson.dumps({kind: paging | {"items": items}})


def test_pages_join_into_one_that_looks_as_if_the_limit_had_been_taken() -> None:
    bodies = [page(list(range(10)), offset=10, total=40), page(list(range(10, 15)), offset=20, total=40)]
    merged = orjson.loads(merge_pages(bodies, limit=15, offset=10))["tracks"]
    assert merged["items"] == list(range(15))
    assert (merged["limit"], merged["offset"], merged["total"]) == (15, 10, 40)
    assert "query=a%26b" in merged["href"]
    assert "offset=25" in merged["next"]
    assert "limit=15" in merged["next"]
    assert "offset=0" in merged["previous"]


def test_the_last_page_has_no_next_and_the_first_no_previous() -> None:
    merged = orjson.loads(merge_pages([page([1], offset=0, total=1)], limit=20, offset=0))["tracks"]
    assert (merged["next"], merged["previous"]) == (None, None)


def test_a_bare_paging_object_is_joined_too() -> None:
    bodies = [orjson.dumps(orjson.loads(page([n], offset=n, total=2))["tracks"]) for n in (0, 1)]
    assert total_of(bodies[0]) == 2
    assert orjson.loads(merge_pages(bodies, limit=20, offset=0))["items"] == [0, 1]


def test_the_longest_kind_decides_how_many_pages_there_are() -> None:
    both = orjson.loads(page([1], offset=0, total=3)) | orjson.loads(page([1], offset=0, total=9, kind="albums"))
    assert total_of(orjson.dumps(both)) == 9


def test_single_objects_become_a_batch_with_null_for_what_is_missing() -> None:
    assert orjson.loads(collect([b'{"id":1}', None, b'{"id":2}'], "tracks")) == {
        "tracks": [{"id": 1}, None, {"id": 2}]
    }
