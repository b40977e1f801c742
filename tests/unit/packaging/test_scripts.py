"""`python3 scripts/X.py` goes on inside `.venv`, or says how to make one; the gate's gives the standing verdict."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.typed import typed
from tests.unit.packaging.checkout import BARE, BASE_PYTHON, ROOT, copy, pretend_ready

SCRIPTS = {
    "migrate_from_zero.py": ["-m", "app", "migrate-from-zero"],
    "evaluate_feature_gates.py": ["-m", "app", "feature-gates"],
    "generate_slo_results.py": ["-m", "app", "slo-results"],
    "ingest.py": ["-m", "app", "ingest"],
    "../app/ingestion/main_turbo.py": ["-m", "app", "ingest"],
}
OF_THE_GATE = ["release_gate.py", "triage_errors.py"]
"""Scripts that run themselves again in the environment; the others run `-m app`."""
DECLARATION = """
[project]
name = "kettle"
[tool.release_gate]
title = "Kettle"
marker = "prod_ready"
[[tool.release_gate.criteria]]
id = "A"
title = "Heating"
[[tool.release_gate.checks]]
id = "A1"
title = "The water boils"
category = "ENV"
fix = ["Plug it in."]
acceptance = "It boils."
"""
CHECK = """
import pytest
@pytest.mark.prod_ready
@pytest.mark.check("A1")
def test_water_boils():
    assert BOILS
"""


def started(script: Path, *arguments: str, python: str = BASE_PYTHON) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, str(script), *arguments], cwd="/", env=BARE, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", [*SCRIPTS, *OF_THE_GATE])
def test_script_says_how_to_make_an_environment_when_there_is_none(tmp_path: Path, name: str) -> None:
    done = started(copy(tmp_path) / "scripts" / name)
    assert done.returncode == 1
    assert "make prod-ready" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_goes_on_inside_the_environment(tmp_path: Path, name: str) -> None:
    pretend_ready(copy(tmp_path))
    done = started(tmp_path / "scripts" / name, "--json")
    assert done.stdout.splitlines() == [*SCRIPTS[name], "--json"]


def test_files_are_named_from_the_folder_of_whoever_types(tmp_path: Path) -> None:
    pretend_ready(copy(tmp_path / "check out"))
    here = tmp_path / "here"
    (here / "folder").mkdir(parents=True)
    (here / "é 1.xlsx").touch()
    given = ["é 1.xlsx", "missing.xlsx", "folder", "--reports", "new", "--out=new.json", "--json", "~/w.xlsx"]
    done = subprocess.run(
        [BASE_PYTHON, str(tmp_path / "check out" / "scripts" / "ingest.py"), *given],
        cwd=here,
        env=BARE | {"PRODPLAN_WORKBOOK": "é 1.xlsx", "HOME": "/home/me"},
        capture_output=True,
        text=True,
        check=True,
    )
    absolute = [str(here / name) for name in given[:3]]
    options = ["--reports", str(here / "new"), f"--out={here / 'new.json'}", "--json", "/home/me/w.xlsx"]
    assert done.stdout.splitlines() == ["-m", "app", "ingest", *absolute, *options]


def test_values_that_are_no_files_stay_as_they_are(tmp_path: Path) -> None:
    pretend_ready(copy(tmp_path))
    done = started(tmp_path / "scripts" / "ingest.py", "3", "--scale", "0.1", "-k", "some name", "--dry-run")
    assert done.stdout.splitlines()[3:] == ["3", "--scale", "0.1", "-k", "some name", "--dry-run"]


@pytest.mark.parametrize("name", OF_THE_GATE)
def test_gate_script_goes_on_inside_the_environment(tmp_path: Path, name: str) -> None:
    pretend_ready(copy(tmp_path))
    script = str(tmp_path / "scripts" / name)
    assert started(Path(script), "--json").stdout.splitlines() == [script, "--json"]


def app_started(checkout: Path) -> subprocess.CompletedProcess[str]:
    """`python3 -m app settings` by an interpreter without installed packages (-S)."""
    (checkout / "app").mkdir(parents=True, exist_ok=True)
    for name in ("__init__.py", "__main__.py"):
        shutil.copy(ROOT / "app" / name, checkout / "app" / name)
    command = [BASE_PYTHON, "-S", "-m", "app", "settings"]
    return subprocess.run(command, cwd=checkout, env={"PATH": ""}, capture_output=True, text=True, check=False)


def test_package_goes_on_inside_the_environment_or_says_how_to_make_one(tmp_path: Path) -> None:
    without = app_started(tmp_path / "without")
    assert (without.returncode, without.stdout, len(without.stderr.splitlines())) == (1, "", 1)
    assert "`make setup`" in without.stderr
    pretend_ready(copy(tmp_path / "ready"))
    assert app_started(tmp_path / "ready").stdout.splitlines() == ["-m", "app", "settings"]


@pytest.mark.parametrize(("is_checkout", "told"), [(True, "`make ingest`"), (False, "`python3 -m app ingest`")])
def test_hint_is_a_command_that_exists_where_it_is_read(
    is_checkout: bool, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_checkout:
        monkeypatch.setattr("app.typed.MAKEFILE", tmp_path / "Makefile")
    assert typed("ingest") == told


def test_triage_without_a_run_writes_the_report_and_lists_its_findings(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").write_text(DECLARATION, encoding="utf-8")
    environment = BARE | {"LOCAL_DIR": str(tmp_path / "local"), "DATABASE_URL": "sqlite://", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "scripts" / "triage_errors.py"), "--json"],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["findings"]
    told = {one["check"]: one["root_cause"] for one in found}
    assert told["server"] == "PostgreSQL 15+ is required. SQLite is not supported."
    report = (tmp_path / "docs" / "ERROR_TRIAGE_REPORT.md").read_text(encoding="utf-8")
    assert report.startswith("# Error triage: Kettle\n\nVerdict **INCOMPLETE**")
    assert all(f"## {one['id']} {one['check']} ({one['category']})" in report for one in found)
    assert "No gate run is on disk" in report


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A committed project with one check, which passes."""
    copy(tmp_path)
    (tmp_path / "pyproject.toml").write_text(DECLARATION, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = prod_ready: the gate\n", encoding="utf-8")
    (tmp_path / "test_kettle.py").write_text(CHECK.replace("BOILS", "True"), encoding="utf-8")
    (tmp_path / ".gitignore").write_text("docs/\n__pycache__/\n.pytest_cache/\n", encoding="utf-8")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def git(project: Path, *arguments: str) -> None:
    program = shutil.which("git", path=os.defpath)
    assert program is not None, "these tests need git"
    subprocess.run([program, "-c", "user.name=k", "-c", "user.email=k@k", *arguments], cwd=project, check=True)


def commit(project: Path) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "state")


def test_verdict_stands_until_the_checkout_changes(project: Path) -> None:
    script = project / "scripts" / "release_gate.py"
    first = started(script, python=sys.executable)
    said = first.stdout.splitlines()[0]
    assert said.startswith("No standing verdict: No gate run is on disk. Running the gate now"), first.stdout
    assert "it takes about two minutes" in said
    assert first.returncode == 0, first.stdout + first.stderr

    second = started(script, python=sys.executable)
    assert (second.returncode, second.stdout.split(",")[0]) == (0, "PASS")
    assert len(list((project / "docs" / "_runs").glob("*/RELEASE_GATE_RESULT.json"))) == 1

    (project / "test_kettle.py").write_text(CHECK.replace("BOILS", "False"), encoding="utf-8")
    commit(project)
    third = started(script, python=sys.executable)
    assert (third.returncode, third.stdout.split(":")[0]) == (1, "No standing verdict")
    assert re.search(r"it takes about (\d+ min )?\d+ s, as the latest run did", third.stdout.splitlines()[0])

    fourth = started(script, python=sys.executable)
    assert (fourth.returncode, fourth.stdout.split(",")[0]) == (1, "FAIL")


def test_declaration_that_cannot_be_used_is_said_and_nothing_is_run(project: Path) -> None:
    broken = DECLARATION.replace('title = "The water boils"', "title = 7")
    (project / "pyproject.toml").write_text(broken, encoding="utf-8")
    done = started(project / "scripts" / "release_gate.py", python=sys.executable)
    assert (done.returncode, done.stdout) == (4, "")
    assert "Traceback" not in done.stderr
