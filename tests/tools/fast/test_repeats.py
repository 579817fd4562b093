from typing import Any

from gateway.catalogue import CATALOGUE
from gateway.memo import Memo
from gateway.params import render
from gateway.principal import LOCAL, Principal
from tools.fast import Repeats
from tools.tool import Read, not_again

MARKETS = CATALOGUE["get-available-markets"]
MEMO = Memo(
    principal=LOCAL, called=MARKETS.id, lacking=False, endpoint=MARKETS, request=render(MARKETS, {}), for_all=True
)
BODY = b"body"


class Cache:
    def __init__(self, body: bytes | None) -> None:
        self.body = body

    def still(self, memo: Memo, body: bytes) -> bool:
        assert memo is MEMO
        return body is self.body


def reads() -> list[Read]:
    return [Read(MEMO, BODY)]


def key(arguments: bytes = b"{}", who: Principal = LOCAL) -> tuple[Any, Principal, bytes]:
    return "tool", who, arguments


def kept(cache: Cache, **options: Any) -> Repeats:
    repeats = Repeats(cache, **options)
    for _ in range(2):
        repeats.put(key(), b"answer", reads=reads)
    return repeats


def test_what_came_twice_is_repeated() -> None:
    repeats = Repeats(Cache(BODY))
    repeats.put(key(), b"answer", reads=reads)
    assert repeats.get(key()) is None
    repeats.put(key(), b"answer", reads=reads)
    assert repeats.get(key()) == b"answer"
    others = (Principal("ann"), LOCAL._replace(client="other"), LOCAL._replace(scopes=frozenset()))
    assert not any(repeats.get(key(who=other)) for other in others)
    assert repeats.get(key(b'{"a":1}')) is None


def test_an_answer_is_gone_with_what_it_was_made_of() -> None:
    cache = Cache(BODY)
    repeats = kept(cache)
    cache.body = None
    assert repeats.get(key()) is None
    cache.body = BODY
    assert repeats.get(key()) is None


def test_the_same_bytes_read_anew_are_not_the_same_read() -> None:
    # A renewed entry may differ where no byte does, in age for one; looking twice costs little.
    cache = Cache(BODY)
    repeats = kept(cache)
    cache.body = bytes(bytearray(BODY))
    assert repeats.get(key()) is None


def test_what_must_be_made_anew_is_not_kept() -> None:
    repeats = Repeats(Cache(BODY))
    for _ in range(3):
        repeats.put(key(), b"answer", reads=not_again)
    assert repeats.get(key()) is None


def test_no_more_is_kept_than_allowed_and_the_least_used_goes_first() -> None:
    repeats = Repeats(Cache(BODY), most_bytes=2500)
    for arguments in (b"a", b"b"):
        for _ in range(2):
            repeats.put(key(arguments), b"answer", reads=reads)
    assert repeats.get(key(b"a"))
    for _ in range(2):
        repeats.put(key(b"c"), b"answer", reads=reads)
    assert [bool(repeats.get(key(one))) for one in (b"a", b"b", b"c")] == [True, False, True]


def test_one_that_is_too_large_pushes_nothing_out() -> None:
    repeats = kept(Cache(BODY))
    for _ in range(2):
        repeats.put(key(b"large"), bytes(1024 * 1024), reads=reads)
    assert repeats.get(key(b"large")) is None
    assert repeats.get(key())
