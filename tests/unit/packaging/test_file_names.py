"""A file's name says what it declares, judges or documents, so that it is found without its folder."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.unit.packaging.checkout import ROOT

LAYERS = (
    "app/api",
    "app/api/http",
    "app/api/routers",
    "app/api/routers/service",
    "app/api/routers/simulation",
    "app/api/schemas",
    "app/planning",
    "app/planning/indicators",
    "app/planning/quality",
    "app/planning/simulation",
)
"""Floors of one subject: `quality.py` is its questions, its answers' classes and its routes."""
CONVENTIONAL = {"__init__.py", "__main__.py", "errors.py"}


@pytest.mark.parametrize("package", ["app", "release_gate"])
def test_a_file_name_stands_for_one_file_of_its_package(package: str) -> None:
    folders = defaultdict(list)
    for path in (ROOT / package).rglob("*.py"):
        if path.name not in CONVENTIONAL:
            folders[path.name].append(path.parent.relative_to(ROOT).as_posix())
    repeated = {name: found for name, found in folders.items() if len(found) > 1 and not set(found) <= set(LAYERS)}
    if package == "release_gate":  # `commands/` has a file for each command; what it does lies in the file it calls
        repeated = {name: found for name, found in repeated.items() if "release_gate/commands" not in found}
    assert len(folders) > 30
    assert repeated == {}
