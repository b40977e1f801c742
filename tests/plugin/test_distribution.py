"""pytest-release-gate is a distribution of its own; tests/plugin/installed_alone.py installs and uses it."""

from __future__ import annotations

import zipfile
from email.parser import Parser

import pytest
from packaging.requirements import Requirement

from tests.plugin.distribution import PROJECT, built, declared
from tests.plugin.test_independence import ALLOWED

IMPORTED_AS = {"jsonschema-rs": "jsonschema_rs"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(built(tmp_path_factory.mktemp("wheel")))


def test_wheel_holds_the_whole_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    wanted = [
        path
        for pattern in ("*.py", "*.schema.json", "*.html.j2", "*.css", "py.typed")
        for path in PROJECT.rglob(pattern)
    ]
    expected = {f"release_gate/{path.relative_to(PROJECT).as_posix()}" for path in wanted}
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == expected
    assert "release_gate/py.typed" in held


def test_wheel_says_that_it_is_a_plugin_of_pytest(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    metadata = Parser().parsestr(wheel.read(name).decode())
    assert metadata["Name"] == "pytest-release-gate"
    assert {"Framework :: Pytest", "Typing :: Typed"} <= set(metadata.get_all("Classifier", []))
    points = wheel.read(name.replace("METADATA", "entry_points.txt")).decode()
    assert "[pytest11]\nrelease_gate = release_gate.plugin" in points


def test_it_depends_on_exactly_what_it_imports(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    told = Parser().parsestr(wheel.read(name).decode()).get_all("Requires-Dist", [])
    required = {Requirement(text).name for text in told}
    assert {IMPORTED_AS.get(name, name) for name in required} == ALLOWED - {"_pytest", "cryptography", "release_gate"}


def test_its_bounds_are_those_of_the_project() -> None:
    """pytest aside, of which the plugin works with older versions than this project's own tests."""
    root, own = declared(PROJECT.parent), declared(PROJECT)
    assert set(own["dependencies"]) - {"pytest>=8.0"} <= set(root["dependencies"])
    assert (own["version"], own["requires-python"]) == (root["version"], root["requires-python"])
    assert own["entry-points"] == root["entry-points"]
