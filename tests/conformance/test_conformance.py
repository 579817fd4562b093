"""The official conformance suite against the product's transport, once for each frozen set of requirements."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import node
from fixture import Fixture, application
from ops.serve import listening

SUITE = "@modelcontextprotocol/conformance/dist/index.js"
BASELINE = Path(__file__).with_name("expected-failures.yml")
EXTENSION = "server-tasks-"
PLAIN = {
    "test_audio_content",
    "test_embedded_resource",
    "test_error_handling",
    "test_image_content",
    "test_multiple_content_types",
}
"""What the suite calls in a way that the fast lane takes: with arguments, without a token for progress."""


def complaints(results: Path) -> Iterator[str]:
    """What the suite did not find in order, warnings and skipped checks included; the extension is no concern."""
    for file in sorted(results.glob("*/checks.json")):
        if file.parent.name.startswith(EXTENSION):
            continue
        for check in json.loads(file.read_text()):
            if check["status"] not in {"SUCCESS", "INFO"}:
                yield f"{file.parent.name} {check['id']} {check['status']}: {check.get('errorMessage')}"


@pytest.mark.parametrize("lane", ["fast", "slow"])
@pytest.mark.parametrize(("revision", "scenarios"), [("2025-11-25", 33), ("2026-07-28", 50)])
async def test_whatever_a_revision_requires_is_there(
    revision: str, scenarios: int, *, lane: str, tmp_path: Path
) -> None:
    node.required()
    fixture = Fixture()
    results = tmp_path / "results"
    async with listening(application(fixture, fast=lane == "fast"), "127.0.0.1", port=0) as base:
        options = {
            "--url": f"{base}/mcp",
            "--requirements": revision,
            "--expected-failures": str(BASELINE),
            "--output-dir": str(results),
            "--timeout": "10000",
        }
        words = [word for option in options.items() for word in option]
        finished = await node.run(SUITE, "server", *words, home=tmp_path, within_s=50)
    assert finished.code == 0, finished.output
    assert len(list(results.iterdir())) == scenarios, finished.output
    assert not list(complaints(results))
    assert {name for name in PLAIN if fixture.slow_calls[name]} == (PLAIN if lane == "slow" else set())
