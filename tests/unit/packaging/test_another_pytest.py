"""pytest of an environment that lacks the project: it goes on in `.venv`, or says how to make one."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.unit.packaging.checkout import BARE, BASE_PYTHON, ROOT, copy, pretend_ready

ITS_OWN = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")
"""All that a pytest needs: in the folder of these the project is not installed."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """scripts/, conftest.py and pytest.ini of the project, without an environment."""
    copied = copy(tmp_path / "checkout")
    for name in ("conftest.py", "pytest.ini"):
        shutil.copy(ROOT / name, copied / name)
    return copied


def another_pytest(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    packages = checkout.parent / "another"
    packages.mkdir()
    for name in ITS_OWN:
        spec = find_spec(name)
        assert spec is not None and spec.origin is not None
        module = Path(spec.origin)
        source = module.parent if spec.submodule_search_locations else module
        (packages / source.name).symlink_to(source)
    return subprocess.run(
        [BASE_PYTHON, "-m", "pytest", *arguments],
        cwd=checkout,
        env=BARE | {"PYTHONPATH": str(packages), "PYTHONNOUSERSITE": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_gate_by_another_pytest_goes_on_in_the_environment(checkout: Path) -> None:
    pretend_ready(checkout)
    done = another_pytest(checkout, "-m", "prod_ready", "--workbook=wb.xlsx")
    assert done.stdout.splitlines() == ["-m", "pytest", "-m", "prod_ready", "--workbook=wb.xlsx"], done.stderr
    assert done.returncode == 0


def test_gate_by_another_pytest_says_how_to_make_the_environment(checkout: Path) -> None:
    done = another_pytest(checkout, "-m", "prod_ready")
    assert (done.returncode, "run `make prod-ready`" in done.stderr, "Traceback" in done.stderr) == (4, True, False)
