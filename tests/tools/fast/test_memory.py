"""However callers spell what they send, what is remembered of it stays within a few megabytes."""

import gc
import json
import tracemalloc
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import orjson
from multidict import CIMultiDict

from bare_tools import bare_tool
from gateway.catalogue import CATALOGUE
from gateway.guards import Guard
from gateway.memo import Memo
from gateway.params import render
from gateway.principal import LOCAL
from mcp_lanes import ENVELOPE
from tools.fast import Repeats
from tools.fast.letter import Letter, Letters
from tools.fast.permits import Permits
from tools.fast.question import Question, Questions
from tools.tool import Read, Tool

MIB = 1024 * 1024
_COUNT = 200
MODERN = Letter("modern", "/mcp", routing=("tools/call", "echo"), version="2026-07-28")


def each(make: Callable[[int], Any]) -> float:
    """Bytes that are still taken, for each call, after `make` was called with many numbers."""
    # Whatever is made at first use only is no part of it.
    make(-1)
    tracemalloc.start()
    try:
        for number in range(_COUNT):
            make(number)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / _COUNT
    finally:
        tracemalloc.stop()


def posted(path: str, **fields: str) -> Any:
    usual = {"Host": "localhost", "Content-Type": "application/json", "Mcp-Session-Id": "a"}
    named = CIMultiDict({**usual, **fields})
    raw = tuple((name.encode(), value.encode()) for name, value in named.items())
    # Requests of aiohttp are remembered in part by what they consist of.
    return SimpleNamespace(method="POST", raw_path=path, headers=named, raw_headers=raw, content_length=9)


def test_heads_take_13_mib_at_the_most() -> None:
    letters = Letters(Guard())
    spellings: list[Callable[[int], Any]] = [
        lambda number: posted(f"/messages?session_id={number}{'a' * 60_000}"),
        lambda number: posted(f"/mcp/{number}{'a' * 60_000}"),
        lambda number: posted("/mcp", **{f"X{field}": str(number) for field in range(100)}),
        lambda number: posted("/mcp", X=f"{number}{'a' * 1500}"),
    ]
    for spelled in spellings:
        assert each(lambda number: letters.read(spelled(number))) * 2048 < 13 * MIB  # noqa: B023 - called at once


def test_questions_take_10_mib_at_the_most() -> None:
    questions = Questions()

    def read(number: int, arguments: str) -> None:
        params = f'{{"name":"echo","arguments":{{"{number}":{arguments}}},"_meta":{json.dumps(ENVELOPE)}}}'
        for digit in "12":
            message = f'{{"jsonrpc":"2.0","id":{digit},"method":"tools/call","params":{params}}}'
            assert questions.read(message.encode(), MODERN)

    for arguments in (f"[{'[],' * 500}0]", f"[{'[],' * 1000}0]", f"[{'1e15,' * 130}0]", f"[{'1e15,' * 400}0]"):
        assert each(lambda number: read(number, arguments)) * 2048 < 10 * MIB  # noqa: B023 - called at once


def test_envelopes_take_2_mib_at_the_most() -> None:
    questions = Questions()

    def read(number: int) -> None:
        meta = {**ENVELOPE, "io.modelcontextprotocol/clientInfo": {"name": "x" * 3000, "version": str(number)}}
        message = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "echo", "_meta": meta}, "id": "a"}
        assert questions.read(json.dumps(message).encode(), MODERN)

    assert each(read) * 256 < 2 * MIB


def test_what_may_work_takes_8_mib_at_the_most() -> None:
    class Judge:
        def permits(self, tool: Tool, arguments: Mapping[str, Any], granted: frozenset[str]) -> bool:
            del tool, arguments, granted
            return True

    tool = bare_tool("echo")
    for length in (10, 4000, 5000):
        permits = Permits(Judge())

        def judge(number: int, permits: Permits = permits, length: int = length) -> None:
            scopes = frozenset(f"user-read-something-{scope}" for scope in range(17))
            question = Question("tools/call", "echo", orjson.dumps({"a": f"{number}{'x' * length}"}))
            assert permits.allow(tool, question, scopes)

        assert each(judge) * 1024 < 8 * MIB


def test_small_answers_take_hardly_more_than_they_may() -> None:
    markets = CATALOGUE["get-available-markets"]

    class Cache:
        def still(self, memo: Memo, body: bytes) -> bool:
            raise NotImplementedError

    most = 100_000
    repeats = Repeats(Cache(), most_bytes=most)

    def put(number: int) -> None:
        key = ("tool", LOCAL, str(number).encode())
        request = render(markets, {})._replace(query=(("q", f"a {number}"), ("type", f"track{number}")))
        memo = Memo(
            principal=LOCAL, called=markets.id, lacking=False, endpoint=markets, request=request, for_all=True
        )
        for _ in range(2):
            repeats.put(key, b"{}", reads=lambda: [Read(memo, b"")])

    assert each(put) * _COUNT < 1.5 * most
