import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ops.doctor import names as names_finding

PACKAGES = {"gateway", "limiter", "cache", "tools", "ops"}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_exactly_the_five_packages(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_every_module_of_the_checkout_is_in_the_wheel(names: set[str]) -> None:
    kinds = ("*.py", "*.lua")
    files = [path for package in PACKAGES for kind in kinds for path in (ROOT / package).rglob(kind)]
    modules = {str(path.relative_to(ROOT)) for path in files}
    assert len(modules) > 100
    assert modules <= names


def test_the_packages_are_typed(names: set[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= names


def test_nobody_else_owns_our_names() -> None:
    assert names_finding().well


def test_a_package_that_brings_one_of_our_names_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intruder = tmp_path / "intruder-1.0.dist-info"
    intruder.mkdir()
    (intruder / "METADATA").write_text("Metadata-Version: 2.1\nName: intruder\nVersion: 1.0\n")
    (intruder / "top_level.txt").write_text("tools\n")
    monkeypatch.syspath_prepend(tmp_path)
    finding = names_finding()
    assert not finding.well
    assert "tools also comes from intruder" in finding.detail
