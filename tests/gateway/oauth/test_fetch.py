import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from certificates import server_context, trusting
from gateway.oauth.fetch import FetchConfig, FetchError, GuardedFetch
from gateway.oauth.names import StrangersNames

CONFIG = FetchConfig(total_s=0.5, max_bytes=1000)
NAME = "client.example"
URL = f"https://{NAME}/client.json"


class Names(AbstractResolver):
    """Answers the first question with the first list, and the last list for good; every host is on `port`."""

    def __init__(self, port: int, *answers: list[str]) -> None:
        self.port = port
        self.answers = list(answers)
        self.asked: list[str] = []
        self.closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(f"{host}:{port}")
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not addresses:
            raise OSError("no such name")
        return [
            ResolveResult(hostname=host, host=address, port=self.port, family=family, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        self.closed = True


class Place:
    """A host that counts who connects, and hangs up."""

    def __init__(self) -> None:
        self.visits = 0

    async def visit(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.close()


@asynccontextmanager
async def place(host: str, port: int = 0) -> AsyncIterator[tuple[Place, int]]:
    """Keep a host open at `host`; yields the port too."""
    visited = Place()
    async with await asyncio.start_server(visited.visit, host, port) as server:
        yield visited, server.sockets[0].getsockname()[1]


JSON = {"Content-Type": "application/json"}
ANSWERS = {
    "/moved": (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b""),
    "/text": (200, {"Content-Type": "text/plain"}, b"{}"),
    "/vendor": (200, {"Content-Type": "application/client+json"}, b"{}"),
    "/large": (200, JSON, bytes(1001)),
    "/fits": (200, JSON, bytes(1000)),
    "/bomb": (200, {"Content-Encoding": "gzip", **JSON}, gzip.compress(bytes(20_000_000))),
    "/broken": (200, {"Content-Encoding": "deflate", **JSON}, zlib.compress(bytes(500))[:-8] + b"\xff" * 8),
    "/missing": (404, JSON, b"{}"),
}


async def echo(request: web.Request) -> web.Response:
    answer = web.json_response({"sent": dict(request.headers)})
    answer.headers["Cache-Control"] = "public"
    answer.headers.add("Cache-Control", "max-age=300")
    answer.set_cookie("a", "b")
    return answer


async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers=JSON)
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def prepared(request: web.Request) -> web.Response:
    status, headers, body = ANSWERS[request.path]
    return web.Response(status=status, headers=headers, body=body)


@pytest.fixture
async def served() -> AsyncIterator[str]:
    """A server of documents on this machine; yields its origin."""
    app = web.Application()
    app.add_routes([web.get("/client.json", echo), web.get("/drip", drip), web.get("/{tail}", prepared)])
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


def local(origin: str) -> GuardedFetch:
    return GuardedFetch(CONFIG, resolver=Names(1, []), permitted=frozenset({origin}))


@contextmanager
def refused(*words: str) -> Iterator[None]:
    with pytest.raises(FetchError) as error:
        yield
    for word in words:
        assert word in str(error.value)


UNREACHABLE = "could not be had from a public address over https; serve it there"


async def test_a_document_comes_with_what_its_server_says_about_keeping_it(served: str) -> None:
    fetched = await local(served)(f"{served}/client.json?a=%2F")
    assert b'"sent"' in fetched.body
    assert fetched.cache_control == "public, max-age=300"


async def test_nothing_of_one_fetch_is_told_in_the_next(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    fetch = local(served)
    await fetch(f"{served}/client.json")
    sent = (await fetch(f"{served}/client.json")).body.lower()
    assert b'"cookie"' not in sent
    assert b'"authorization"' not in sent


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/moved", "no redirect is followed"),
        ("/missing", "status 404"),
        ("/text", "application/json"),
        ("/large", "larger than 1000 bytes"),
        ("/bomb", "larger than 1000 bytes"),
        ("/broken", "could not be had"),
        ("/drip", "within 0.5 s"),
    ],
)
async def test_what_is_no_small_json_document_at_once_is_refused(served: str, path: str, why: str) -> None:
    with refused(why):
        await local(served)(served + path)


@pytest.mark.parametrize("path", ["/vendor", "/fits"])
async def test_any_json_of_the_size_allowed_is_taken(served: str, path: str) -> None:
    assert (await local(served)(served + path)).body


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_a_name_of_an_inner_host_is_never_connected_to(address: str) -> None:
    host = "::1" if address == "::1" else "127.0.0.1"
    async with place(host) as (inner, port):
        names = Names(port, [address])
        async with GuardedFetch(CONFIG, resolver=names) as fetch:
            with refused(UNREACHABLE):
                await fetch(URL)
    assert names.asked == [f"{NAME}:443"]
    assert inner.visits == 0
    assert names.closed


async def test_a_name_that_turns_inwards_after_the_check_leads_nowhere() -> None:
    # 127.0.0.2 plays the public host. A guard that looks the name up, and then lets the client do so again, would
    # connect to the second answer.
    async with place("127.0.0.2") as (public, port), place("127.0.0.1", port) as (inner, _):
        names = Names(port, ["127.0.0.2"], ["127.0.0.1"])
        fetch = GuardedFetch(CONFIG, resolver=names, is_public={"127.0.0.2"}.__contains__)
        for _ in range(3):
            with refused(UNREACHABLE):
                await fetch(URL)
    assert len(names.asked) == 3
    assert public.visits == 1
    assert inner.visits == 0


async def test_of_many_addresses_only_public_ones_are_tried() -> None:
    async with place("127.0.0.2") as (public, port), place("127.0.0.1", port) as (inner, _):
        for answer in (["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]):
            names = Names(port, answer)
            fetch = GuardedFetch(CONFIG, resolver=names, is_public={"127.0.0.2"}.__contains__)
            with refused(UNREACHABLE):
                await fetch(URL)
    # However often the client tries again.
    assert public.visits >= 2
    assert inner.visits == 0


@pytest.mark.parametrize(
    "url",
    [
        f"http://{NAME}/client.json",
        f"https://{NAME}:8443/client.json",
        f"http://{NAME}:443/client.json",
        "https://127.0.0.1/client.json",
        "https://8.8.8.8/client.json",
        "https://[::1]/client.json",
        "https://2130706433/client.json",
        "https://0x7f.1/client.json",
        f"https://user@{NAME}/client.json",
        f"https://{NAME}\\@127.0.0.1/client.json",
        "https://client.example#@127.0.0.1/",
        "file:///etc/passwd",
        "ftp://client.example/client.json",
        "",
    ],
)
async def test_an_address_of_another_kind_is_not_even_looked_up(url: str) -> None:
    async with place("127.0.0.1") as (inner, port):
        names = Names(port, ["127.0.0.1"])
        with pytest.raises(FetchError, match=r"has no plain web address|must have an https address"):
            await GuardedFetch(CONFIG, resolver=names, is_public=lambda _: True)(url)
    assert names.asked == []
    assert inner.visits == 0


async def test_only_the_very_origin_that_is_permitted_goes_past_the_guard(served: str) -> None:
    fetch = local(served)
    for other in (served.replace("http:", "https:"), served.replace("127.0.0.1", "localhost")):
        with refused("must have an https address"):
            await fetch(f"{other}/client.json")
    with refused("must have an https address"):
        await local("http://127.0.0.1:1")("http://127.0.0.1:12/client.json")


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[tuple[int, list[str]]]:
    """A server with a certificate for NAME; yields its port and the hosts that it was asked for."""
    hosts: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        hosts.append(request.host)
        return web.json_response({})

    app = web.Application()
    app.router.add_get("/client.json", handle)
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=server_context(tmp_path, NAME))
    try:
        assert server.port is not None
        yield server.port, hosts
    finally:
        await server.close()


async def test_a_public_document_is_fetched_over_verified_tls(
    secure: tuple[int, list[str]], tmp_path: Path
) -> None:
    port, hosts = secure
    names = Names(port, ["127.0.0.1"])
    fetch = GuardedFetch(CONFIG, resolver=names, is_public=lambda _: True, tls=trusting(tmp_path))
    assert (await fetch(URL)).body == b"{}"
    assert hosts == [NAME]
    with refused(UNREACHABLE):
        await fetch("https://other.example/client.json")
    assert hosts == [NAME]


async def test_a_certificate_that_the_system_does_not_trust_ends_the_fetch(secure: tuple[int, list[str]]) -> None:
    port, hosts = secure
    fetch = GuardedFetch(CONFIG, resolver=Names(port, ["127.0.0.1"]), is_public=lambda _: True)
    with refused(UNREACHABLE):
        await fetch(URL)
    assert hosts == []


async def test_a_name_that_nobody_answers_for_costs_no_more_than_the_time_allowed() -> None:
    class Silent(Names):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
        ) -> list[ResolveResult]:
            await asyncio.Event().wait()
            return await super().resolve(host, port, family)

    with refused("within 0.5 s"):
        await asyncio.wait_for(GuardedFetch(CONFIG, resolver=Silent(1, []))(URL), 10)


async def test_an_unknown_name_and_an_inner_one_read_alike() -> None:
    for answer in ([], ["10.0.0.1"]):
        with refused(UNREACHABLE):
            await GuardedFetch(CONFIG, resolver=Names(1, answer))(URL)


async def test_whoever_waits_for_a_fetch_can_leave(served: str) -> None:
    waiting = asyncio.create_task(local(served)(f"{served}/drip"))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_the_systems_names_lead_to_addresses() -> None:
    names = StrangersNames()
    found = await names.resolve("localhost", 443)
    assert {result["host"] for result in found} <= {"127.0.0.1", "::1"}
    assert {result["port"] for result in found} == {443}
    await names.close()
    with pytest.raises(RuntimeError):
        await names.resolve("localhost", 443)
