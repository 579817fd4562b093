"""The script of the limiter's store run in this process, on just enough of a Redis and on any clock.

`tests/limiter/lease/test_script.py` runs the same tests on this and on the real server, so they stay alike.
"""

import json
from bisect import insort
from collections.abc import Callable
from typing import Any

from lupa.lua51 import LuaRuntime

from limiter.lease.store import StoreKeys, script

ENTRY = "function(KEYS, ARGV, redis, cjson) {} end"


class LuaStore:
    """Keys of one server, and a way to run the script on them.

    Args:
        clock: seconds since the epoch of this server's clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.strings: dict[str, str] = {}
        self._hashes: dict[str, dict[str, str]] = {}
        self._sorted: dict[str, list[tuple[float, str]]] = {}
        self._dies_at: dict[str, float] = {}
        self.published: list[tuple[str, str]] = []
        self.listeners: list[Callable[[str], None]] = []
        self._lua = LuaRuntime(unpack_returned_tuples=False)
        self._run = self._lua.eval(ENTRY.format(script()))
        self._redis = self._lua.table_from({"call": self._call})
        self._cjson = self._lua.table_from({"encode": self._encode, "decode": self._decode})

    def run(self, keys: StoreKeys, operation: str, question: str) -> Any:
        """Run the script in one step."""
        table = self._lua.table_from
        return self._run(
            table([*keys.slots, *keys.shared]),
            table([operation, question, keys.channel]),
            self._redis,
            self._cjson,
        )

    def flush(self) -> None:
        """Forget everything."""
        for keys in self._all():
            keys.clear()
        self._dies_at.clear()

    def _all(self) -> list[dict[str, Any]]:
        return [self.strings, self._hashes, self._sorted]

    def _call(self, command: str, *args: Any) -> Any:
        for key in [key for key, at in self._dies_at.items() if at <= self._clock()]:
            self._delete(key)
        answer = getattr(self, "_" + command.lower())(*(_text(arg) for arg in args))
        if answer is None:
            return False
        return self._lua.table_from(answer) if isinstance(answer, list) else answer

    def _delete(self, *keys: str) -> int:
        for key in keys:
            self._dies_at.pop(key, None)
            for kind in self._all():
                kind.pop(key, None)
        return len(keys)

    # The commands that the script uses, with the options that it uses

    _del = _delete

    def _time(self) -> list[str]:
        now = self._clock()
        return [str(int(now)), str(int(now % 1 * 1e6))]

    def _get(self, key: str) -> str | None:
        return self.strings.get(key)

    def _set(self, key: str, value: str, how: str, ms: str = "") -> str:
        self.strings[key] = value
        if how == "PX":
            self._pexpire(key, ms)
        return "OK"

    def _pexpire(self, key: str, ms: str) -> int:
        if not any(key in kind for kind in self._all()):
            return 0
        self._dies_at[key] = self._clock() + int(ms) / 1000
        return 1

    def _hget(self, key: str, name: str) -> str | None:
        return self._hashes.get(key, {}).get(name)

    def _hset(self, key: str, name: str, value: str) -> int:
        self._hashes.setdefault(key, {})[name] = value
        return 1

    def _hdel(self, key: str, name: str) -> int:
        return int(self._hashes.get(key, {}).pop(name, None) is not None)

    def _hincrby(self, key: str, name: str, by: str) -> int:
        fields = self._hashes.setdefault(key, {})
        fields[name] = str(int(fields.get(name, "0")) + int(by))
        return int(fields[name])

    def _hgetall(self, key: str) -> list[str]:
        return [part for item in self._hashes.get(key, {}).items() for part in item]

    def _zadd(self, key: str, score: str, member: str) -> int:
        rows = self._sorted.setdefault(key, [])
        self._zrem(key, member)
        insort(rows, (float(score), member))
        return 1

    def _zrem(self, key: str, member: str) -> int:
        rows = self._sorted.get(key, [])
        found = [row for row in rows if row[1] == member]
        for row in found:
            rows.remove(row)
        return len(found)

    def _zcard(self, key: str) -> int:
        return len(self._sorted.get(key, []))

    def _zrange(self, key: str, low: str, high: str, *options: str) -> list[str]:
        rows = self._sorted.get(key, [])
        if "BYSCORE" not in options:
            assert (low, high) == ("0", "-1")
            return [member for _, member in rows]
        rows = [row for row in rows if float(low) <= row[0] <= float(high)]
        if "LIMIT" in options:
            assert options[options.index("LIMIT") + 1] == "0"
            rows = rows[: int(options[options.index("LIMIT") + 2])]
        if "WITHSCORES" in options:
            return [part for score, member in rows for part in (member, f"{score:.17g}")]
        return [member for _, member in rows]

    def _zremrangebyscore(self, key: str, low: str, high: str) -> int:
        rows = self._sorted.get(key, [])
        self._sorted[key] = [row for row in rows if not float(low) <= row[0] <= float(high)]
        return len(rows) - len(self._sorted[key])

    def _publish(self, channel: str, word: str) -> int:
        self.published.append((channel, word))
        for listener in self.listeners:
            listener(word)
        return len(self.listeners)

    # cjson, with its 14 digits and its empty tables that are objects

    def _decode(self, text: str) -> Any:
        return self._table(json.loads(text))

    def _table(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._lua.table_from({key: self._table(item) for key, item in value.items()})
        if isinstance(value, list):
            return self._lua.table_from([self._table(item) for item in value])
        assert value is not None, "a null would be a value of its own in cjson"
        return value

    def _encode(self, table: Any) -> str:
        return json.dumps(_plain(table), separators=(",", ":"))


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is float:
        return json.loads(f"{value:.14g}")
    if kind in {int, str, bool}:
        return value
    items = dict(value.items())
    if 1 in items:
        return [_plain(items[index]) for index in range(1, len(items) + 1)]
    return {key: _plain(item) for key, item in items.items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.17g}"
