import asyncio
import json

import pytest

from gateway.oauth.client import ClientCheck, ClientDirectory
from gateway.oauth.client_metadata import ClientMetadata
from gateway.oauth.directory import Clients
from gateway.oauth.documents import Documents, DocumentsConfig
from gateway.oauth.errors import ClientError
from gateway.oauth.fetch import Fetched, FetchError
from gateway.oauth.registered import Registered, RegisteredConfig
from memory_vault import MemoryVault
from virtual_time import run

REDIRECTS = ["https://app.example/cb"]


class Site:
    """Has a document at every address."""

    permitted: frozenset[str] = frozenset()

    def __init__(self, *, down: bool = False) -> None:
        self._down = down

    async def __call__(self, url: str) -> Fetched:
        if self._down:
            raise FetchError("cannot be had: the network is down")
        return Fetched(json.dumps({"client_id": url, "redirect_uris": REDIRECTS}).encode(), "")


def test_a_client_is_found_however_it_became_known() -> None:
    async def main() -> None:
        registered = Registered(MemoryVault(), RegisteredConfig(), wall_clock=lambda: 1e9, secret=lambda: "x")
        async with Documents(Site(), DocumentsConfig(), clock=asyncio.get_running_loop().time) as documents:
            named = {"app": ["cursor://a/cb"], "dyn_named": REDIRECTS}
            clients: ClientDirectory = Clients(named, documents=documents, registered=registered)
            await registered.add(ClientMetadata(redirect_uris=REDIRECTS))
            found = [
                (await clients.find(client_id)).origin
                for client_id in ("app", "dyn_named", "https://app.example/c", "dyn_x")
            ]
            assert found == ["configured", "configured", "document", "registered"]
            assert (await clients.find("app")).allows("cursor://a/cb")
            for stranger in ("", "App", "dyn_y", "http://app.example/c", "https://app.example", "x" * 10_000):
                with pytest.raises(ClientError) as refused:
                    await clients.find(stranger)
                assert refused.value.code == "invalid_client"
                assert not stranger or stranger not in refused.value.description
            with pytest.raises(ClientError, match="ask the operator to add the client to FERMATA_CLIENTS"):
                await clients.find("unknown")

    run(main())


def test_nothing_is_fetched_for_a_client_that_redeems_what_it_was_given() -> None:
    class Away:
        permitted: frozenset[str] = frozenset()

        async def __call__(self, url: str) -> Fetched:
            raise FetchError(f"did not come from {url}")

    async def main() -> None:
        registered = Registered(MemoryVault(), RegisteredConfig(), wall_clock=lambda: 1e9, secret=lambda: "x")
        async with Documents(Away(), DocumentsConfig(), clock=asyncio.get_running_loop().time) as documents:
            clients = Clients({"app": REDIRECTS}, documents=documents, registered=registered)
            check: ClientCheck = clients
            await registered.add(ClientMetadata(redirect_uris=REDIRECTS))
            for client_id in ("https://app.example/c", "app", "dyn_x"):
                await check.check(client_id)
            with pytest.raises(ClientError):
                await clients.find("https://app.example/c")
            for stranger in (
                "",
                "dyn_y",
                "http://app.example/c",
                "https://app.example",
                "https://a@app.example/c",
            ):
                with pytest.raises(ClientError):
                    await check.check(stranger)

    run(main())
