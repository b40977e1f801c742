"""Code is a package's where the file that it names is installed and holds it, whatever it says of itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any

import pluggy
import pytest

from release_gate.in_pytest.source_code.installed import is_code_of_package, is_distributed, is_foreign


def code_of(function: Callable[..., Any]) -> CodeType:
    code: CodeType = function.__code__
    return code


def made_in(file: str) -> CodeType:
    """The code of a function that was compiled under that file's name."""
    names: dict[str, Any] = {}
    exec(compile("def passes():\n    return None\n", file, "exec"), names)
    return code_of(names["passes"])


@pytest.mark.parametrize(
    ("code", "is_package", "foreign"),
    [
        pytest.param(code_of(pluggy.PluginManager.register), True, True, id="of a package"),
        pytest.param(code_of(contextlib.suppress.__exit__), False, True, id="of the standard library"),
        pytest.param(code_of(made_in), False, False, id="of the project"),
        pytest.param(made_in(pluggy.__file__), False, False, id="claims a package's file"),
        pytest.param(made_in(str(Path(pluggy.__file__).with_name("none.py"))), False, False, id="claims no file"),
        pytest.param(made_in(contextlib.__file__), False, False, id="claims the standard library's"),
        pytest.param(made_in("<string>"), False, False, id="of no file"),
    ],
)
def test_code_is_known_by_its_file(
    code: CodeType, is_package: bool, foreign: bool, pytestconfig: pytest.Config
) -> None:
    assert is_code_of_package(code, pytestconfig) is is_package
    assert is_foreign(code, pytestconfig) is foreign


def test_a_distribution_may_be_installed_in_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    """Such a folder is that of `pip install --target` and PYTHONPATH, a user's own, or Debian's dist-packages."""
    file, record = tmp_path / "made_elsewhere.py", tmp_path / "made_elsewhere-1.dist-info" / "RECORD"
    file.write_text("def passes():\n    return None\n")
    record.parent.mkdir()
    record.write_text("another.py,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    code = code_of(import_module("made_elsewhere").passes)
    is_distributed.cache_clear()
    assert not is_code_of_package(code, pytestconfig)
    record.write_text("made_elsewhere.py,,\n")
    is_distributed.cache_clear()
    assert is_code_of_package(code, pytestconfig)
