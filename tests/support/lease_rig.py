"""Asks the limiter's script directly, in process or on a real server, in the words that nodes use."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from uuid import uuid4

from redis import Redis

from limiter.lease.store import StoreKeys, script
from lua_store import LuaStore

Json = Any

TERMS: Json = {
    "window": 400,
    "period": 400,
    "horizon": 900,
    "ttl": 50,
    "fence": 1500,
    "newborn": 60,
    "rho": 0.1,
}
"""A window of 0.4 s, so that a real server need not be waited for long."""


class Server(Protocol):
    """Something that runs the script."""

    def run(self, keys: StoreKeys, operation: str, question: str) -> Any: ...
    def advance(self, ms: int) -> None: ...
    def flush(self) -> None: ...
    def published(self) -> list[str]: ...


class FakeServer:
    """The script in this process, on a clock that moves when told."""

    def __init__(self) -> None:
        self.now = 1.7e9
        self._store = LuaStore(lambda: self.now)

    def run(self, keys: StoreKeys, operation: str, question: str) -> Any:
        return self._store.run(keys, operation, question)

    def advance(self, ms: int) -> None:
        self.now += ms / 1000

    def flush(self) -> None:
        self._store.flush()

    def total(self, keys: StoreKeys) -> int:
        """Slots in use, as of the latest question."""
        return int(json.loads(self._store.strings[keys.slots[0]])["total"])

    def published(self) -> list[str]:
        return [word for _, word in self._store.published]


class RealServer:
    """The script on a real server, whose time cannot be moved."""

    def __init__(self, url: str, channel: str) -> None:
        self._redis = Redis.from_url(url, decode_responses=True)
        self._script = self._redis.register_script(script())
        self._pubsub: Any = cast("Any", self._redis).pubsub(ignore_subscribe_messages=True)
        self._channel = channel
        self._pubsub.subscribe(channel)
        self._heard: list[str] = []

    def run(self, keys: StoreKeys, operation: str, question: str) -> Any:
        return self._script(keys=[*keys.slots, *keys.shared], args=[operation, question, keys.channel])

    def advance(self, ms: int) -> None:
        time.sleep(ms / 1000)

    def flush(self) -> None:
        self._redis.flushall()

    def published(self) -> list[str]:
        # A message of this test's own marks the end of those before it.
        self._redis.publish(self._channel, "end")
        for message in self._pubsub.listen():
            if message["data"] == "end":
                break
            self._heard.append(message["data"])
        return self._heard

    def close(self) -> None:
        self._pubsub.close()
        self._redis.close()


@dataclass
class Node:
    """A process as the script sees it: it counts its questions and remembers what it must."""

    server: Server
    keys: StoreKeys
    name: str = field(default_factory=lambda: uuid4().hex[:8])
    limit: int = 16
    seq: int = 0
    epoch: str = ""
    floor: int = 0
    members: Json = field(default_factory=dict)

    def question(self, *, urgent: int = 0, bulk: int = 0, **changed: Json) -> str:
        asked = {
            **TERMS,
            "node": self.name,
            "seq": self.seq,
            "epoch": self.epoch,
            "join": False,
            "home": [],
            "in_flight": 0,
            "keep": 0,
            "want": {"urgent": urgent, "bulk": bulk},
            "wait": {"urgent": urgent, "bulk": bulk},
            "aged": False,
            "unused_bulk": 0,
            "limit": {"calls": self.limit, "version": 0},
            "calls": {},
            "pauses": {},
            "floor": self.floor,
            "members": self.members,
            "sums": {},
        }
        return json.dumps(asked | changed)

    def sync(self, **changed: Json) -> Json:
        self.seq += 1
        return self.ask("sync", self.question(**changed))

    def join(self, **changed: Json) -> Json:
        return self.sync(join=True, **changed)

    def ask(self, operation: str, question: str) -> Json:
        reply = json.loads(self.server.run(self.keys, operation, question))
        if reply.get("status") == "ok" and operation == "sync":
            self.epoch, self.floor, self.members = reply["epoch"], reply["floor"], reply["members"]
        return reply

    def change(self, operation: str, **question: Json) -> Json:
        return self.ask(operation, json.dumps({"node": self.name, **question}))


Recruit = Callable[[], Node]
