"""Which values of a case may be replaced on the way to its test: those that a known plugin fills in."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from release_gate.in_pytest.parameters import values_of


@pytest.mark.parametrize(
    ("module", "place", "is_compared"),
    [
        ("tests.modes", "elsewhere", True),
        ("lazy_modes", "elsewhere", True),
        ("pytest_lazy_fixtures.lazy_fixture", "elsewhere", False),
        ("pytest_cases", "elsewhere", False),
        ("pytest_lazy_fixtures", "project", True),
        ("pytest_cases.fixtures", "project/src", True),
    ],
)
def test_only_the_object_of_an_installed_plugin_is_left_out_of_the_comparison(
    module: str, place: str, is_compared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = ModuleType(module.partition(".")[0])
    top.__file__ = str(tmp_path / place / f"{top.__name__}.py")
    monkeypatch.setitem(sys.modules, top.__name__, top)
    kind = type("LazyMode", (), {"__module__": module})
    defining = top if module == top.__name__ else ModuleType(module)
    monkeypatch.setitem(sys.modules, module, defining)
    monkeypatch.setattr(defining, "LazyMode", kind, raising=False)
    value = kind()
    config = SimpleNamespace(rootpath=tmp_path / "project")
    item: Any = SimpleNamespace(callspec=SimpleNamespace(params={"mode": value}), config=config)
    assert ("mode" in values_of(item)) is is_compared


def test_class_that_only_says_it_is_the_plugins_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = ModuleType("pytest_cases")
    installed.__file__ = str(tmp_path / "elsewhere" / "pytest_cases.py")
    monkeypatch.setitem(sys.modules, "pytest_cases", installed)
    value = type("LazyMode", (), {"__module__": "pytest_cases"})()
    config = SimpleNamespace(rootpath=tmp_path / "project")
    item: Any = SimpleNamespace(callspec=SimpleNamespace(params={"mode": value}), config=config)
    assert "mode" in values_of(item)
