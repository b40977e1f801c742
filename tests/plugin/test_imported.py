"""The origin of a session's modules: the commit's files, an installed package, or elsewhere."""

from __future__ import annotations

import importlib.util
import py_compile
import sys
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from release_gate.in_pytest.source_code.imported import SessionScope, origins
from release_gate.sealing.checkout.tree import Tree, look
from tests.plugin.checkouts import Checkout, checkout_in


@pytest.fixture
def here(tmp_path: Path) -> Checkout:
    return checkout_in(tmp_path / "kettle")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere"


def reasons(
    here: Checkout,
    *,
    tests: frozenset[Path] = frozenset(),
    began: float | None = None,
    files: Mapping[str, Path] | None = None,
    **more: Path,
) -> str:
    """Return the reason for which a session with these modules, from these files, did not run the commit's code."""
    modules: dict[str, ModuleType] = {}
    for name, file in {**(files or {}), **more}.items():
        modules[name] = ModuleType(name)
        modules[name].__file__ = str(file)
    ran = SessionScope(here.root, tests, began or time.time() + 60)
    return " ".join(origins(look(here.root), ran, modules).reasons)


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_modules_of_the_commit_and_installed_ones_are_no_reason(here: Checkout) -> None:
    found = origins(
        look(here.root), SessionScope(here.root, frozenset({here.root / "kettle.py"}), time.time()), dict(sys.modules)
    )
    assert (found.reasons, found.installed > 50) == ((), True)
    assert reasons(here, kettle=here.root / "kettle.py", pytest=Path(pytest.__file__)) == ""


def test_copy_of_the_project_is_named_wherever_it_lies(here: Checkout, elsewhere: Path) -> None:
    installed = Path(sysconfig.get_paths()["purelib"]) / "lib" / "spout.py"
    for place in (written(elsewhere / "lib" / "spout.py"), installed):
        assert f"lib.spout ({place})" in reasons(here, files={"lib.spout": place})


def test_module_of_no_package_and_no_commit_is_named(here: Checkout, elsewhere: Path) -> None:
    assert "came from no commit or package: teapot" in reasons(here, teapot=written(elsewhere / "teapot.py"))


def linked(here: Checkout, name: str, target: Path) -> Path:
    """A link of the commit."""
    (here.root / name).symlink_to(target)
    here.commit()
    return here.root / name


def test_link_of_the_commit_is_what_it_leads_to(here: Checkout, elsewhere: Path) -> None:
    outside, within = written(elsewhere / "teapot.py"), linked(here, "pot.py", Path("lib/spout.py"))
    assert reasons(here, pot=within) == ""
    link = linked(here, "teapot.py", outside)
    assert f"teapot ({link}, which leads to {outside})" in reasons(here, teapot=link)
    folder = linked(here, "tea", elsewhere)
    assert f"which leads to {outside}" in reasons(here, files={"tea.teapot": folder / "teapot.py"})
    assert f"{link}, which leads to {outside}" in reasons(here, tests=frozenset({link}))
    hidden = linked(here, "local.py", written(here.root / "data" / "water.txt"))
    assert f"local ({hidden}" in reasons(here, local=hidden)


@pytest.mark.parametrize(("began", "told"), [(60, "came from elsewhere: kettle"), (-60, "")])
def test_archive_is_judged_as_its_file(began: float, told: str, here: Checkout, elsewhere: Path) -> None:
    module = written(elsewhere / "kettle.zip") / "kettle.py"
    found = reasons(here, began=time.time() + began, kettle=module)
    assert told in found and bool(told) is bool(found)


def test_archive_of_the_commit_is_of_the_commit(here: Checkout) -> None:
    written(here.root / "tea.zip")
    here.commit()
    assert reasons(here, tea=here.root / "tea.zip" / "tea.py") == ""


def test_module_that_a_check_wrote_is_no_reason(here: Checkout, elsewhere: Path) -> None:
    assert reasons(here, began=time.time() - 60, teapot=written(elsewhere / "teapot.py")) == ""


@pytest.mark.parametrize("folder", ["elsewhere", "kettle/data"])
def test_tests_outside_the_commit_are_named(folder: str, here: Checkout, tmp_path: Path) -> None:
    outside = written(tmp_path / folder / "test_kettle.py")
    assert f"test file is not the commit's: {outside}" in reasons(here, tests=frozenset({outside}))


def test_bytecode_that_is_not_checked_against_its_source_is_named(
    here: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = here.root / "kettle.py"
    py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    module = ModuleType("kettle")
    vars(module).update(__file__=str(source), __cached__=importlib.util.cache_from_source(str(source)))
    found = origins(look(here.root), SessionScope(here.root, frozenset(), time.time()), {"kettle": module})
    assert "unchecked bytecode: kettle" in found.reasons[0]


def test_unknown_tree_gives_no_reason_of_its_own(tmp_path: Path) -> None:
    assert origins(Tree(None, None), SessionScope(tmp_path, frozenset(), 0.0), dict(sys.modules)).reasons == ()
