"""Nothing of one user is ever served to another: every operation, by the client, its glance and its tool."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest

from examples import example
from gateway.catalogue import CATALOGUE
from gateway.client import SpotifyClient
from gateway.endpoint import Endpoint, Fill, Profile
from gateway.errors import SpotifyError
from gateway.options import CallOptions
from gateway.principal import LOCAL, Principal
from gateway.transport import Response
from pipeline import new_client
from tools.generated.tool import endpoint_tool
from tools.tool import ToolCall
from virtual_time import run

THING = "4cJPC6Y0d1ias1xK2lB9S2"
USERS = {LOCAL: "ada", Principal("second"): "bob", Principal("third"): "cyd"}
STRANGER = Principal("signed in nowhere")
READS = [entry for entry in CATALOGUE.values() if entry.method == "GET"]


class Named:
    """Tokens that name who has them."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def token(self, *, deadline: float) -> str:
        del deadline
        return self._name

    def reject(self, token: str) -> None:
        raise AssertionError(token)

    def accept(self, token: str) -> None:
        del token


class Telling:
    """A Spotify that says in every answer, and in each object of it, whose token asked."""

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes | None = None
    ) -> Response:
        del data
        name = headers["Authorization"].removeprefix("Bearer ")
        await asyncio.sleep(0.1)
        path = url.removeprefix("https://api.test/v1").split("?")[0]
        entry = next((e for e in READS if method == "GET" and _fits(e.path, path)), None)
        body: dict[str, Any] = {"read_by": f"<{name}>", "id": name, "total": 1, "href": url, "owner": {"id": name}}
        for fill in entry.fills if entry else ():
            _lay(body, fill.at.split("."), _thing(fill, name))
        return Response(200, {"content-type": "application/json", "etag": f'"{name}"'}, orjson.dumps(body))


def _fits(template: str, path: str) -> bool:
    steps, given = template.split("/"), path.split("/")
    return len(steps) == len(given) and all(a == b or a.startswith("{") for a, b in zip(steps, given, strict=True))


def _thing(fill: Fill, name: str) -> dict[str, Any]:
    kind = CATALOGUE[fill.endpoint_id].path.split("/")[1].removesuffix("s").replace("-", "_")
    return dict.fromkeys(fill.marks, f"<{name}>") | {
        "id": THING,
        "type": kind,
        "uri": f"spotify:{kind}:{THING}",
        "read_by": f"<{name}>",
    }


def _lay(document: dict[str, Any], steps: list[str], thing: dict[str, Any]) -> None:
    """Put `thing` at the end of `steps`, unless something else lies in the way."""
    name = steps[0].removesuffix("[]")
    if len(steps) == 1:
        document[name] = [thing] if steps[0].endswith("[]") else thing
        return
    inside = document.setdefault(name, [{}] if steps[0].endswith("[]") else {})
    inside = inside[0] if isinstance(inside, list) else inside
    if isinstance(inside, dict):
        _lay(inside, steps[1:], thing)


def foreign(text: bytes | str, principal: Principal) -> list[str]:
    """Return the users other than `principal` of whom `text` tells."""
    content = text.decode() if isinstance(text, bytes) else text
    return [name for who, name in USERS.items() if who != principal and f"<{name}>" in content]


def ways(entry: Endpoint) -> Iterator[list[tuple[str, object]]]:
    """Yield the arguments of an operation, about the thing that all lists show, with and without a market."""
    given = {name: _about(name, value) for name, value in example(entry).items()}
    yield [*given.items()]
    if "market" in given:
        yield [(name, value) for name, value in given.items() if name != "market"]


def _about(name: str, value: Any) -> Any:
    if name == "id":
        return THING
    return [THING] if name == "ids" else value


def a_client(profile: Profile) -> SpotifyClient:
    users = {principal: Named(name) for principal, name in USERS.items()}
    return new_client(Telling(), profile=profile, calls=100_000, tokens=Named("app"), users=users)


async def look(client: SpotifyClient, entry: Endpoint, principal: Principal, *, partial_ok: bool) -> None:
    """Read by every way there is, and hold each answer against the reader."""
    tool = endpoint_tool(entry, client)
    for arguments in ways(entry):
        try:
            reply = await client.call(entry.id, arguments, principal=principal, partial_ok=partial_ok)
        except SpotifyError:
            continue
        assert foreign(reply.body, principal) == [], (entry.id, principal)
        memo = client.memo(entry.id, arguments, principal=principal)
        seen = None if memo is None else client.glance(memo)
        assert seen is None or foreign(seen.body, principal) == [], (entry.id, principal)
        result = await tool.run(ToolCall(dict(arguments), principal, CallOptions(partial_ok=partial_ok)))
        assert foreign(result.text, principal) == [], (entry.id, principal)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("partial_ok", [False, True])
def test_no_answer_tells_of_another_user_in_whatever_order_they_ask(profile: Profile, *, partial_ok: bool) -> None:
    async def main() -> None:
        client = a_client(profile)
        for principal in (*USERS, STRANGER, *reversed(USERS)):
            for entry in READS:
                await look(client, entry, principal, partial_ok=partial_ok)

    run(main())


@pytest.mark.parametrize("profile", Profile)
def test_no_answer_tells_of_another_user_when_all_ask_for_the_same_at_once(profile: Profile) -> None:
    async def main() -> None:
        client = a_client(profile)
        for entry in READS:
            await asyncio.gather(
                *(look(client, entry, principal, partial_ok=True) for principal in (*USERS, STRANGER) * 3)
            )

    run(main())
