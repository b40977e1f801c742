"""The lock is installed by uv, which pip installs by the lock's own hashes, and by pip where uv cannot."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.packaging.checkout import ROOT

LOCK = """\
alpha==1 \\
    --hash=sha256:aa
uv==2 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
zeta==3 \\
    --hash=sha256:dd
"""


@pytest.fixture
def building(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """scripts/environment/building.py on an environment of this test's own, whose steps are recorded."""
    for name in ("building", "explanation", "space"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "environment"))
    module = importlib.import_module("building")
    monkeypatch.setattr(module, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(module, "ONLY_UV", tmp_path / "setup.uv")
    monkeypatch.setattr(module, "LOG", tmp_path / "setup.log")
    monkeypatch.setattr(module, "VENV", tmp_path)
    monkeypatch.setattr(module, "pip", lambda: ["pip"])
    return module


def installed_by(building: ModuleType, monkeypatch: pytest.MonkeyPatch, lock: str, uv_ends: int) -> list[str]:
    """The programs that installed, in their order."""
    used: list[str] = []

    def run(step: str, command: list[str], *, may_fail: bool = False) -> int:
        program = Path(command[0]).name
        assert "--require-hashes" in command
        assert may_fail is (program == "uv")
        used.append(program)
        building.LOG.write_text("Resolved\nerror: no route\n", encoding="utf-8")
        return uv_ends if program == "uv" else 0

    building.LOCK.write_text(lock, encoding="utf-8")
    monkeypatch.setattr(building, "run", run)
    building.install_locked("packages")
    return used


@pytest.mark.parametrize(
    ("lock", "uv_ends", "used"),
    [(LOCK, 0, ["pip", "uv"]), (LOCK, 2, ["pip", "uv", "pip"]), ("alpha==1 \\\n    --hash=sha256:aa\n", 0, ["pip"])],
    ids=["uv", "uv fails", "no uv in the lock"],
)
def test_pip_stands_in_where_uv_cannot(
    building: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lock: str,
    uv_ends: int,
    used: list[str],
) -> None:
    assert installed_by(building, monkeypatch, lock, uv_ends) == used
    said = "setup: uv cannot install them, so pip does, which takes minutes; uv said: error: no route\n"
    assert capsys.readouterr().out == (said if uv_ends else "")


def test_uv_that_may_not_be_run_is_one_that_fails(
    building: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forbidden = tmp_path / "uv"
    forbidden.write_text("", encoding="utf-8")
    assert building.run("packages", [str(forbidden)], may_fail=True) == 1
    assert "Permission denied" in building.LOG.read_text(encoding="utf-8")
    with pytest.raises(OSError, match="Permission denied"):
        building.run("packages", [str(forbidden)])


def test_uv_itself_is_installed_by_its_hashes_in_the_lock(
    building: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed_by(building, monkeypatch, LOCK, 0)
    assert building.ONLY_UV.read_text() == "uv==2 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"


def test_uv_is_told_what_pip_was_told(building: ModuleType) -> None:
    told = building.uv_environment({"PIP_INDEX_URL": "https://mirror/simple", "PIP_CERT": "/own.pem"})
    assert (told["UV_DEFAULT_INDEX"], told["SSL_CERT_FILE"]) == ("https://mirror/simple", "/own.pem")
