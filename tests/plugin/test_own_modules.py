"""The gate's own functions and classes, and those by which tests judge, compared with those that were loaded."""

from __future__ import annotations

import functools
import math
import sys
import unittest.mock
from pathlib import Path

import pytest

from release_gate.in_pytest.failures import unheard
from release_gate.in_pytest.source_code.installed import is_of_package
from release_gate.in_pytest.source_code.judging_code import JudgingCode
from release_gate.in_pytest.source_code.own_modules import NOT_DURING_TESTS, OwnModules, is_tool
from release_gate.record import files, journal
from tests.plugin.foreign import project_in


def test_gate_that_nobody_touched_is_not_altered() -> None:
    assert OwnModules().altered() == []


def test_replaced_function_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    own = OwnModules()
    monkeypatch.setattr(files, "sha256_of", lambda path: "0" * 64)
    assert own.altered() == ["release_gate.record.files.sha256_of"]


def test_object_that_equals_everything_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Equal:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    own = OwnModules()
    monkeypatch.setattr(files, "sha256_of", Equal())
    assert own.altered() == ["release_gate.record.files.sha256_of"]


def test_replaced_imported_function_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    own = OwnModules()
    monkeypatch.setattr(unheard, "collect_garbage", lambda *_: 0)
    names = ["release_gate.in_pytest.failures.unheard.collect_garbage"]
    assert own.altered() == own.altered_during_tests() == names


@pytest.mark.parametrize("name", ["Path", "os", "sleep"])
def test_fake_clock_or_file_system_in_every_module_is_nobodys_attack(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """pyfakefs and freezegun replace such names wherever they stand."""
    own = OwnModules()
    having = [one for of, one in list(sys.modules.items()) if of.startswith("release_gate") and name in vars(one)]
    for module in having:
        monkeypatch.setattr(module, name, object())
    assert having and own.altered() == []


def test_function_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    own = OwnModules()
    monkeypatch.delattr(files, "sha256_of")
    assert own.altered() == ["release_gate.record.files.sha256_of"]


def test_replaced_method_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    own = OwnModules()
    monkeypatch.setattr(journal.Journal, "append", lambda *_, **__: {})
    assert own.altered() == ["release_gate.record.journal.Journal.append"]


def test_other_code_in_the_same_function_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    own = OwnModules()
    monkeypatch.setattr(files.sha256_of, "__code__", (lambda path: "0" * 64).__code__)
    assert "release_gate.record.files.sha256_of" in own.altered()


def test_gate_and_tools_are_compared_each_at_its_time(
    monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    judging = JudgingCode(pytestconfig, OwnModules(), OwnModules(is_tool))
    judging.allow()
    assert judging.alterations_by_hooks() == judging.alterations_during_tests() == []
    monkeypatch.setattr(math, "isclose", lambda *_: True)
    assert judging.alterations_during_tests() == []
    assert ["math.isclose" in why for _, _, why in judging.alterations_by_hooks()] == [True]
    judging.allow()
    monkeypatch.setattr(files, "sha256_of", lambda path: "0" * 64)
    judging.allow()
    assert judging.alterations_by_hooks() == []
    assert ["files.sha256_of" in why for _, _, why in judging.alterations_during_tests()] == [True]


PROFILING = """import sys
from pathlib import Path

import pytest

CALLED = set()


def note(frame, event, _):
    if event == "call":
        CALLED.add(frame.f_globals.get("__name__", ""))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol():
    sys.setprofile(note)
    yield
    sys.setprofile(None)


def pytest_unconfigure():
    Path("called.txt").write_text("\\n".join(CALLED))
"""
CHECKS = """import pytest

pytestmark = pytest.mark.kettle_ready


@pytest.mark.check("B1")
def test_the_water_boils(evidence, tmp_path):
    log = tmp_path / "boil.json"
    log.write_text('{"degrees": 100.0, "by": "ada@example.org"}')
    evidence.attach(log)
    evidence.table("degrees", ["at"], [[100]])
    evidence.expect(100, "degrees").equals(100)
    with pytest.raises(AttributeError):
        evidence.attach = None


@pytest.mark.check("B2")
class TestSwitch:
    def setup_method(self):
        pass

    def test_it_switches_off(self, evidence):
        evidence.expect(1, "switch").equals(0)
"""


def test_what_is_compared_at_the_end_only_is_not_called_while_tests_run(tmp_path: Path) -> None:
    project = project_in(tmp_path / "kettle", {"conftest.py": PROFILING, "tests/test_b_heating.py": CHECKS})
    project.bare()
    called = (project.root / "called.txt").read_text().split()
    assert {"release_gate.record.journal", "release_gate.rules.validity", "release_gate.telling.terminal"} < {*called}
    assert [name for name in called if name.startswith(NOT_DURING_TESTS)] == []


@pytest.mark.parametrize(
    ("owner", "name", "told"),
    [
        (pytest, "raises", "pytest.raises"),
        (pytest, "approx", "pytest.approx"),
        (pytest, "warns", "pytest.warns"),
        (unittest.TestCase, "assertEqual", "unittest.case.TestCase.assertEqual"),
    ],
)
def test_replaced_tool_is_named_unless_a_library_replaced_it(
    owner: object, name: str, told: str, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    tools = OwnModules(is_tool)

    def altered() -> list[str]:
        return tools.altered(lambda value: is_of_package(value, pytestconfig))

    assert altered() == []
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, lambda *_, **__: None)
        assert told in altered()
        patched.setattr(owner, name, unittest.mock.Mock())
        assert told in altered()
        patched.setattr(owner, name, functools.wraps)
        assert altered() == []
