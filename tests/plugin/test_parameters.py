"""Values of a case may be replaced on the way to its test only by a known plugin that fills them in."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from release_gate.in_pytest.parameters import values_of


def written(place: Path, source: str) -> str:
    """The path of a module's file with that source."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(source)
    return str(place)


def is_compared(module: str, file: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """True if an object of the class LazyMode of that module is compared in a project below the folder."""
    defining, kind = ModuleType(module), type("LazyMode", (), {"__module__": module})
    defining.__file__ = file
    monkeypatch.setitem(sys.modules, module, defining)
    monkeypatch.setattr(defining, "LazyMode", kind, raising=False)
    config = Config(folder / "project")
    item: Any = SimpleNamespace(callspec=SimpleNamespace(params={"mode": kind()}), config=config)
    return "mode" in values_of(item)


@dataclass(frozen=True)
class Config:
    """The part of pytest's configuration that is read."""

    rootpath: Path


@pytest.mark.parametrize(
    ("module", "place", "expected"),
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
    module: str, place: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / place / "lazy.py", "class LazyMode:\n    pass\n")
    assert is_compared(module, file, tmp_path, monkeypatch) is expected


@pytest.mark.parametrize("file", [pytest.__file__, str(Path(pytest.__file__).with_name("of_nobody.py")), "/nowhere.py"])
def test_module_that_only_says_it_is_a_packages_is_compared(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_compared("pytest_cases", file, tmp_path, monkeypatch)


def test_class_that_only_says_it_is_the_plugins_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = ModuleType("pytest_cases")
    installed.__file__ = str(tmp_path / "elsewhere" / "pytest_cases.py")
    monkeypatch.setitem(sys.modules, "pytest_cases", installed)
    value = type("LazyMode", (), {"__module__": "pytest_cases"})()
    config = Config(tmp_path / "project")
    item: Any = SimpleNamespace(callspec=SimpleNamespace(params={"mode": value}), config=config)
    assert "mode" in values_of(item)
