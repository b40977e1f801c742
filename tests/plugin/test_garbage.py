"""Automatic garbage collections are held back while pytest's plugins are loaded, and only then."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_gate.in_pytest.garbage import hold_collection_back, let_collect
from tests.plugin.foreign import MARKER, project_in

ROOT = Path(__file__).parents[2]
COUNTING = """import gc, sys

import pytest

found = []


def note(phase, info):
    is_loaded = hasattr(sys.modules.get("release_gate.plugin"), "gate_progress")
    is_full = phase == "start" and info["generation"] == 2 and gc.isenabled()  # hypothesis asks for one itself
    if is_full and is_loaded and "conftest" not in sys.modules:
        found.append(phase)


gc.callbacks.append(note)
exit_code = pytest.main(sys.argv[1:])
print("full collections:", len(found), "enabled:", gc.isenabled(), "exit code:", int(exit_code))
"""


@pytest.fixture
def collecting() -> Iterator[None]:
    """Automatic collection as Python begins, whatever the gate around this test has done."""
    was_enabled = gc.isenabled()
    gc.enable()
    yield
    let_collect()
    (gc.enable if was_enabled else gc.disable)()


@pytest.mark.usefixtures("collecting")
def test_collection_is_held_back_until_it_is_let() -> None:
    hold_collection_back()
    assert not gc.isenabled()
    let_collect()
    let_collect()
    assert gc.isenabled()


@pytest.mark.usefixtures("collecting")
def test_collection_that_somebody_else_switched_off_stays_off() -> None:
    gc.disable()
    hold_collection_back()
    let_collect()
    assert not gc.isenabled()


def told_by_pytest(folder: Path, *arguments: str) -> str:
    project = project_in(folder, {"counting.py": COUNTING, "conftest.py": "import gc\n"})
    environment = {**project.child_environment(), "PYTEST_ADDOPTS": ""}  # with all plugins, which are many modules
    command = [sys.executable, "counting.py", "-p", "release_gate", *arguments]
    done = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[-1] if done.stdout else done.stderr


def test_nothing_is_collected_while_plugins_are_loaded(tmp_path: Path) -> None:
    told = told_by_pytest(tmp_path / "kettle", "-m", MARKER)
    assert told == "full collections: 0 enabled: True exit code: 0"


def test_plugin_that_cannot_be_loaded_leaves_collection_on(tmp_path: Path) -> None:
    told = told_by_pytest(tmp_path / "kettle", "-p", "no_such_plugin")
    assert told == "full collections: 0 enabled: True exit code: 4"


def test_collection_is_off_as_the_session_finishes_and_on_after_it(tmp_path: Path) -> None:
    """Plugins import modules there, which begins a full collection among the reports of all tests."""
    told = tmp_path / "told"
    conftest = f"""import gc
from pathlib import Path


def pytest_sessionfinish():
    Path({str(told)!r}).write_text(str(gc.isenabled()))
"""
    project = project_in(tmp_path / "kettle", {"counting.py": COUNTING, "conftest.py": conftest})
    command = [sys.executable, "counting.py", "-p", "release_gate", "-m", MARKER]
    environment = project.child_environment()
    done = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, check=False)
    assert told.read_text() == "False", done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("enabled: True exit code: 0")


LATE = {
    "pytest.ini": "[pytest]\n",
    "conftest.py": 'pytest_plugins = ["release_gate.plugin"]\n',
    "test_it.py": "import gc\n\n\ndef test_collection_is_on():\n    assert gc.isenabled()\n",
}


def test_gate_that_a_conftest_loads_leaves_collection_on(tmp_path: Path) -> None:
    """A gate loaded by then does not see the hook any more that ends what its options begin."""
    for name, text in LATE.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
