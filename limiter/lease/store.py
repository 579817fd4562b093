"""The store of leases in Redis: one script, run whole or not at all, on keys that share the account's hash tag."""

from asyncio import CancelledError
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from importlib.resources import files
from json import dumps
from typing import Any, Final, Protocol, Self
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from limiter.lease.messages import LeaseReply, PauseReply, StoreError

PREFIX: Final = "fermata:"


class LeaseStore(Protocol):
    """Where the nodes of one client id share its slots. Every method raises `StoreError` for want of an answer."""

    async def sync(self, question: str) -> LeaseReply:
        """Trade slots; asked again word for word, it answers the same and changes nothing."""
        ...

    async def leave(self, question: str) -> None:
        """Sign off: the floor goes back at once, what is in flight comes home as late as it may."""
        ...

    async def pause(self, node: str, scope: str, *, rest_ms: int) -> PauseReply:
        """Stop everybody for so long; a pause that ends later stays as it is."""
        ...

    async def open(self, node: str, scope: str, *, mark: int, ramp: bool) -> PauseReply:
        """End the pause with this mark, and start the client id's ramp; a newer pause is left alone."""
        ...

    async def probe(self, node: str, scope: str, *, timeout_ms: int) -> PauseReply:
        """Be the one that tries the end of a pause; nobody else may until it gives up or the time is over."""
        ...

    async def give_up(self, node: str, scope: str) -> PauseReply:
        """Let somebody else try the end of a pause."""
        ...

    def pushes(self) -> AsyncGenerator["Push", None]:
        """Hints that something changed, as they come; the first one says that the others can be heard now."""
        ...


@dataclass(frozen=True, slots=True)
class Push:
    """A hint to sync.

    Attributes:
        word: `pause`: one changed. `want`: an urgent caller waits somewhere. `room`: slots came back unused.
            `member`: a process joined, or may rely on more.
            `here`: pushes can be heard from now on.
        node: who caused it.
        here: it is about this client id, or about the whole account.
    """

    word: str
    node: str
    here: bool


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """Names of what the script reads and writes, in the order in which it takes them.

    Only what stands between the first braces decides where a cluster puts a key, so no name may bring its own.
    """

    slots: tuple[str, str, str]
    shared: tuple[str, str, str]
    channel: str

    @classmethod
    def of(cls, account: str, client_id: str) -> Self:
        """Names for one client id of one account; any characters will do."""
        # Empty braces would not be a tag; a lone % is what no encoded name can be.
        tag = f"{PREFIX}{{{quote(account, safe='') or '%'}}}"
        client = f"{tag}:client:{quote(client_id, safe='')}"
        return cls(
            slots=(f"{client}:state", f"{client}:entries", f"{client}:replies"),
            shared=(f"{tag}:pauses", f"{tag}:cells", f"{tag}:sums"),
            channel=f"{tag}:news",
        )


def script() -> str:
    """The text of the script; it needs Redis 6.2 or Valkey."""
    folder = files("limiter.lease")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in ("account.lua", "lease.lua"))


def connect(url: str) -> "Redis":
    """A client that fails fast: whoever uses it asks again by itself, and nothing may be asked twice unawares.

    Raises:
        ValueError: this is not the URL of a Redis.
    """
    return Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=1.0, decode_responses=True)


class RedisLeaseStore:
    """See `LeaseStore`.

    Args:
        client: made by `connect`, owned and closed by the caller. Its own deadline is whoever awaits.
        account: developer account.
        client_id: application.
    """

    def __init__(self, client: "Redis", account: str, client_id: str) -> None:
        self._client = client
        self._script = client.register_script(script())
        self._keys = StoreKeys.of(account, client_id)

    async def sync(self, question: str) -> LeaseReply:
        """See `LeaseStore.sync`."""
        return LeaseReply.parse(await self._run("sync", question))

    async def leave(self, question: str) -> None:
        """See `LeaseStore.leave`."""
        LeaseReply.parse(await self._run("leave", question))

    async def pause(self, node: str, scope: str, *, rest_ms: int) -> PauseReply:
        """See `LeaseStore.pause`."""
        return await self._change("pause", node=node, scope=scope, rest=rest_ms)

    async def open(self, node: str, scope: str, *, mark: int, ramp: bool) -> PauseReply:
        """See `LeaseStore.open`."""
        return await self._change("open", node=node, scope=scope, mark=mark, ramp=ramp)

    async def probe(self, node: str, scope: str, *, timeout_ms: int) -> PauseReply:
        """See `LeaseStore.probe`."""
        return await self._change("probe", node=node, scope=scope, timeout=timeout_ms)

    async def give_up(self, node: str, scope: str) -> PauseReply:
        """See `LeaseStore.give_up`."""
        return await self._change("give_up", node=node, scope=scope)

    async def pushes(self) -> AsyncGenerator[Push, None]:
        """See `LeaseStore.pushes`."""
        try:
            async with self._client.pubsub(ignore_subscribe_messages=False) as pubsub:
                await pubsub.subscribe(self._keys.channel)
                async for message in pubsub.listen():
                    yield self._push(message)
        except (RedisError, OSError) as error:
            raise StoreError(f"the store's pushes broke off: {type(error).__name__}") from error

    async def _change(self, operation: str, **question: object) -> PauseReply:
        return PauseReply.parse(await self._run(operation, dumps(question)))

    async def _run(self, operation: str, question: str) -> object:
        keys = self._keys
        try:
            return await self._script(keys=[*keys.slots, *keys.shared], args=[operation, question, keys.channel])
        except CancelledError:
            raise
        except (RedisError, OSError) as error:
            raise StoreError(f"the store did not answer: {type(error).__name__}: {error}") from error

    def _push(self, message: dict[str, Any]) -> Push:
        if message["type"] != "message":
            return Push("here", "", here=True)
        return parse_push(message["data"], self._keys)


def parse_push(data: object, keys: StoreKeys) -> Push:
    """Read a hint; one that makes no sense is a hint to look."""
    word, node, state = (*str(data).split(" "), "", "")[:3]
    return Push(word, node, here=word == "pause" or state == keys.slots[0])
