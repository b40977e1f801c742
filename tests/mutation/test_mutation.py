"""The figures of mutation testing: what counts as killed, and that the page says what was measured."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.catalogue import ROOT
from tests.mutation.__main__ import judged
from tests.mutation.explained import Explained, complaints, explained
from tests.mutation.page import PAGE, Measured, ModuleRow, keep, kept, rendered, row, rows
from tests.mutation.running import Mutant, changed_lines, declared_modules, name_of

LEFT = Mutant("a", "judge", "survived", "x < 1", "x <= 1")
KNOWN = Explained("a", "judge", "x < 1", "x <= 1", "x is a whole number")
DIFFERENCE = """--- app/x.py
+++ app/x.py
@@ -1,4 +1,3 @@
 def judge(x):
-    return x < (
-        1 )
+    return x <= 1
"""


def test_page_is_that_of_the_figures_and_the_explanations() -> None:
    assert PAGE.read_text(encoding="utf-8") == rendered(kept(), explained()), "run make mutation"


def test_figures_are_of_declared_modules_of_which_enough_is_killed() -> None:
    measured = [one.module for one in kept().modules]
    assert measured == [module for module in declared_modules() if module in measured] != []
    assert [one for one in kept().modules if not one.is_enough or not one.mutants] == []


def test_each_mutant_that_is_left_is_explained_by_lines_that_are_there() -> None:
    reasons = Counter(one.module for one in explained())
    assert [one.module for one in kept().modules if one.left != reasons[one.module]] == []
    for one in explained():
        lines = {line.strip() for line in Path(ROOT, one.module.replace(".", "/") + ".py").read_text().splitlines()}
        gone = [line for line in one.before.splitlines() if line not in lines]
        assert not gone, f"{one.module} has changed: run make mutation ARGS={one.module}, and mend explained.toml"
        assert one.why.endswith(".") and "|" not in one.why


def test_tests_that_mutmut_selects_and_leaves_out_are_there() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    assert [name for name in declared["pytest_add_cli_args_test_selection"] if not (ROOT / name).is_file()] == []
    for option in declared["pytest_add_cli_args"]:
        if option.startswith("--deselect="):
            path, name = option.removeprefix("--deselect=").split("::")
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("mutant", "module", "function"),
    [
        ("app.x.x_judge__mutmut_12", "app.x", "judge"),
        ("app.x.x__of_check__mutmut_1", "app.x", "_of_check"),
        ("app.x.xǁPeriodǁbound__mutmut_3", "app.x", "Period.bound"),
        ("app.x.xǁRedactorǁ__init____mutmut_3", "app.x", "Redactor.__init__"),
    ],
)
def test_name_of_a_mutant_tells_module_and_function(mutant: str, module: str, function: str) -> None:
    assert name_of(mutant) == (module, function)


def test_lines_before_and_after_are_those_of_the_difference() -> None:
    assert changed_lines(DIFFERENCE) == ("return x < (\n1 )", "return x <= 1")


@pytest.mark.parametrize("status", ["timeout", "survived", "no tests", "suspicious", "segfault", "not checked"])
def test_only_a_failed_test_kills(status: str) -> None:
    (found,) = rows([LEFT, Mutant("a", "judge", status), Mutant("a", "judge", "killed")], ["a"])
    assert (found.mutants, found.killed, found.timed_out) == (3, 1, int(status == "timeout"))
    assert found.survived == 2 - found.timed_out
    assert not found.is_enough
    assert ModuleRow("a", 10, 9, 0, 1).is_enough and not ModuleRow("a", 11, 9, 0, 1).is_enough


def test_each_mutant_that_is_left_needs_one_explanation_and_each_explanation_a_mutant() -> None:
    killed = Mutant("a", "judge", "killed")
    assert complaints([LEFT, killed], [KNOWN]) == []
    (unexplained,) = complaints([LEFT, LEFT], [KNOWN])
    assert unexplained.startswith('Not killed and not explained:\n[[mutants]]\nmodule = "a"')
    (gone,) = complaints([killed], [KNOWN])
    assert gone.startswith("Explained, and killed or gone:")


def test_run_that_is_not_as_explained_fails_and_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keeping: list[Measured] = []
    monkeypatch.setattr("tests.mutation.__main__.keep", keeping.append)
    monkeypatch.setattr("tests.mutation.__main__.explained", lambda: (KNOWN,))
    nine = [Mutant("a", "judge", "killed")] * 9
    assert judged([*nine[:8], LEFT], ["a"]) == 1
    assert "a: less than 90 % of its mutants are killed." in capsys.readouterr().out
    assert judged(nine, ["a"]) == 1
    assert judged([*nine, LEFT, LEFT], ["a"]) == 1
    assert keeping == []
    assert judged([*nine, LEFT], ["a"]) == 0
    assert keeping == [Measured((ModuleRow("a", 10, 9, 0, 1),))]


def test_row_has_every_figure(tmp_path: Path) -> None:
    measured = Measured((ModuleRow("a.b", 2_000, 1_990, 4, 6), ModuleRow("c", 0, 0, 0, 0)))
    assert row(measured.modules[0]) == "| `a.b` | 2,000 | 1,990 | 4 | 6 | 10 | 99.5% |"
    assert row(measured.total) == "| all | 2,000 | 1,990 | 4 | 6 | 10 | 99.5% |"
    assert row(measured.modules[1]) == "| `c` | 0 | 0 | 0 | 0 | 0 | – |"


def test_figures_of_other_declared_modules_are_kept(tmp_path: Path) -> None:
    first, second = declared_modules()[:2]
    figures, page = tmp_path / "figures.json", tmp_path / "page.md"
    for one in (ModuleRow(second, 9, 9, 0, 0), ModuleRow("gone", 1, 1, 0, 0), ModuleRow(first, 8, 8, 0, 0)):
        keep(Measured((one,)), figures, page)
    assert kept(figures) == Measured((ModuleRow(first, 8, 8, 0, 0), ModuleRow(second, 9, 9, 0, 0)))
    text = page.read_text(encoding="utf-8")
    assert text == rendered(kept(figures), explained())
    assert text.count("not measured yet") == len(declared_modules()) - 2
