"""The official conformance suite against the authorization server, for every revision and way to be known."""

from pathlib import Path

import pytest

import node
from house import free_port
from oauth_house import BEFOREHAND, running
from oauth_program import WAYS, Known, registered
from test_conformance import SUITE, complaints

REVISIONS = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]
SCENARIOS = 2


@pytest.mark.parametrize("known", WAYS)
@pytest.mark.parametrize("revision", REVISIONS)
async def test_the_authorization_server_does_what_a_revision_requires(
    revision: str, known: Known, tmp_path: Path
) -> None:
    node.required()
    results, port = tmp_path / "results", free_port()
    async with running(FERMATA_REGISTRATION="on") as place:
        clients = {"document": place.document, "beforehand": BEFOREHAND}
        options = {
            "--url": place.base,
            "--client-id": clients.get(known) or await registered(place, f"http://127.0.0.1:{port}/callback"),
            "--port": str(port),
            "--spec-version": revision,
            "--output-dir": str(results),
            # Clients of the first revision know no resources.
            **({} if revision == REVISIONS[0] else {"--resource": f"{place.base}/mcp"}),
        }
        words = [word for option in options.items() for word in option]
        async with node.started(SUITE, "authorization", *words, home=tmp_path) as suite:
            await place.visitor.visit(await suite.until(r"^(http://\S+/oauth/authorize\S+)", within_s=20))
            finished = await suite.end(within_s=20)
    assert finished.code == 0, finished.output
    assert len(list(results.glob("*/checks.json"))) == SCENARIOS, finished.output
    assert not list(complaints(results))
