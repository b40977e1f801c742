"""A run's result says INCOMPLETE from the start; only a complete run replaces it, and no run touches another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from release_gate.record.files import as_json
from release_gate.rules.declaration import load
from release_gate.sealing.folders import begin, create
from release_gate.sealing.result import from_journal
from tests.plugin.foreign import GATE, MARKER, PYTEST, WITH_OPTIONAL, Project, project_in

LOOK = """import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.kettle_ready


@pytest.mark.check("A1")
def test_there_is_water(run_folder):
    assert json.loads((run_folder / "RELEASE_GATE_RESULT.json").read_text())["verdict"] == "INCOMPLETE"
    assert Path("docs/RELEASE_BLOCKED.md").is_file()
"""


@pytest.mark.parametrize("door", ["bare", "supervised"])
def test_run_is_incomplete_and_blocked_while_it_runs_and_released_at_its_end(kettle: Project, door: str) -> None:
    kettle.write("tests/test_a_water.py", LOOK)
    assert getattr(kettle, door)().exit_code == 0
    assert not kettle.blocked.exists()


def test_runs_of_one_second_get_different_folders(kettle: Project) -> None:
    declaration = load(kettle.root)
    assert declaration is not None
    folders = [create(declaration) for _ in range(20)]
    assert len({folder.name for folder in folders}) == 20


def test_recomputing_gives_the_same_bytes(kettle: Project) -> None:
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', 'assert mode == "slow"')
    kettle.bare()
    result = from_journal(kettle.folder, kettle.root).result
    assert as_json(result) == (kettle.folder / "RELEASE_GATE_RESULT.json").read_bytes()
    assert kettle.run([*GATE, "recompute", str(kettle.folder)]).exit_code == 0


@pytest.mark.parametrize("flag", ["--collect-only", "--help", "--version", "--markers", "--fixtures"])
def test_session_that_only_tells_something_writes_nothing(kettle: Project, flag: str) -> None:
    assert kettle.bare(flag).exit_code == 0
    assert not (kettle.root / "docs").exists()


@pytest.mark.parametrize(
    "arguments",
    [["tests/test_a_water.py::test_there_is_water"], ["-k", "there_is_water"], ["-m", "kettle_ready and not slow"]],
)
def test_debugging_gives_no_verdict_and_touches_no_earlier_run(kettle: Project, arguments: list[str]) -> None:
    assert kettle.bare().exit_code == 0
    before = {path: path.read_bytes() for path in (kettle.root / "docs").rglob("*") if path.is_file()}
    ended = kettle.pytest(*arguments)
    ran = 7 if arguments[0] == "-m" else 1
    assert f"no verdict: {ran} of 7 required checks" in ended.output
    assert {path: path.read_bytes() for path in (kettle.root / "docs").rglob("*") if path.is_file()} == before


def test_earlier_pass_does_not_stand_for_a_killed_run(kettle: Project) -> None:
    assert kettle.supervised().exit_code == 0
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', "__import__('os')._exit(0)")
    assert kettle.supervised().exit_code == 1
    assert kettle.blocked.exists()
    verdicts = [json.loads((run / "RELEASE_GATE_RESULT.json").read_bytes())["verdict"] for run in kettle.runs]
    assert verdicts == ["PASS", "FAIL"]
    assert kettle.run([*GATE, "show"]).exit_code == 1


def test_pytest_started_by_a_check_does_not_write_into_the_run(kettle: Project) -> None:
    nested = f"__import__('subprocess').run({[*PYTEST, '-m', 'kettle_ready', '--collect-only']!r}, check=True)"
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', nested)
    inherited = (
        "assert [name for name in __import__('os').environ if name[:13] == 'RELEASE_GATE_'] == ['RELEASE_GATE_LANG']"
    )
    kettle.replace("tests/test_f_release_gate.py", "assert True", inherited)
    assert kettle.supervised().exit_code == 0


def test_damaged_journal_leaves_the_run_blocked(kettle: Project) -> None:
    damage = "journal = run_folder / 'journal.jsonl'\n    journal.write_bytes(journal.read_bytes()[:-9])"
    kettle.replace("tests/test_b_heating.py", "(mode):", "(mode, run_folder):")
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', damage)
    assert kettle.supervised().exit_code == 3
    assert kettle.result["verdict"] == "INCOMPLETE"
    assert kettle.blocked.exists()


@pytest.mark.parametrize("command", [[*PYTEST, "-m", "kettle_ready"], [*GATE, "run"]])
def test_unusable_declaration_is_misconfigured_and_begins_no_run(kettle: Project, command: list[str]) -> None:
    kettle.replace("pyproject.toml", 'id = "B2"', 'id = "B1"')
    ended = kettle.run(command)
    assert ended.exit_code == 4
    assert not (kettle.root / "docs").exists()
    assert '"B1" is declared twice' in ended.output
    assert "Traceback" not in ended.output


def test_gate_runs_without_git_and_without_path(kettle: Project) -> None:
    assert kettle.bare().exit_code == 0
    assert kettle.result["subject"]["commit"] is None


def test_commit_comes_from_ci_where_there_is_no_git(kettle: Project) -> None:
    told = Project(kettle.root, {"GITHUB_SHA": "a" * 40})
    assert told.bare().exit_code == 0
    assert told.result["subject"]["commit"] == "a" * 40


def test_help_shows_the_exit_codes(kettle: Project) -> None:
    assert "0 PASS, 1 FAIL, 3 INCOMPLETE, 4 MISCONFIGURED" in kettle.run([*GATE, "--help"]).output


def test_incomplete_result_and_block_reach_the_disk_before_anything_runs(
    kettle: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declaration = load(kettle.root)
    assert declaration is not None
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    begin(declaration, create(declaration))
    wanted = {f".RELEASE_GATE_RESULT.json.{os.getpid()}.tmp", f".RELEASE_BLOCKED.md.{os.getpid()}.tmp"}
    assert wanted <= set(synced)


def test_plugin_stays_out_of_a_project_that_declares_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one(run_folder):\n    assert run_folder.is_dir()\n")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, b"no verdict" in done.stdout, (tmp_path / "docs").exists()) == (0, False, False)


def test_reports_of_pytest_lie_in_the_run_folder(tmp_path: Path) -> None:
    kettle = project_in(tmp_path / "kettle", None, **WITH_OPTIONAL)
    wanted = '["boil.json", "junit.xml", "pytest.html", "benchmark.json", "ERROR_TRIAGE_REPORT.md"]'
    kettle.replace("pyproject.toml", '["boil.json", "ERROR_TRIAGE_REPORT.md", "junit.xml"]', wanted)
    kettle.replace("tests/test_a_water.py", "(evidence):", "(evidence, benchmark):\n    benchmark(len, 'water')")
    assert kettle.supervised().exit_code == 0
    written = {one["path"] for one in kettle.result["artefacts"]}
    assert written == {*json.loads(wanted), "journal.jsonl", "ctrf-report.json", "release_report.json"}


def test_pass_does_not_unblock_a_run_that_began_meanwhile(kettle: Project) -> None:
    other = "from release_gate.rules.declaration import load\n    from release_gate.sealing.folders import "
    other += "begin, create\n    from pathlib import Path\n    d = load(Path.cwd())\n    begin(d, create(d))"
    kettle.replace("tests/test_a_water.py", "    evidence.record", f"    {other}\n    evidence.record")
    assert kettle.supervised().exit_code == 0
    first, second = kettle.runs
    assert second.name in kettle.blocked.read_text("utf-8")
    assert f"`{first.name}`" not in kettle.blocked.read_text("utf-8")


LOST = {
    "import shutil; shutil.rmtree(run_folder)": "journal.jsonl was removed while the run went on",
    "p = run_folder / 'journal.jsonl'; p.unlink(); __import__('os').mkfifo(p)": "journal.jsonl was removed",
    "import resource; size = (run_folder / 'journal.jsonl').stat().st_size; "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))": "cannot be written any more",
}


@pytest.mark.parametrize("door", ["bare", "supervised"])
@pytest.mark.parametrize("statement", LOST)
def test_run_folder_that_is_lost_ends_the_run_in_one_sentence(kettle: Project, statement: str, door: str) -> None:
    kettle.replace("tests/test_b_heating.py", "(mode):\n", f"(mode, run_folder):\n    {statement}\n")
    kettle.replace("tests/test_b_heating.py", '["slow", "fast"]', '["slow"]')
    ended = getattr(kettle, door)()
    assert ended.exit_code == 3
    assert LOST[statement] in ended.output
    assert "Traceback" not in ended.output
    assert (kettle.result["verdict"] != "PASS", kettle.blocked.is_file()) == (True, True)


@pytest.mark.parametrize("door", ["bare", "supervised"])
def test_runs_folder_that_cannot_be_written_is_one_sentence(kettle: Project, door: str) -> None:
    kettle.replace("pyproject.toml", '"docs/_runs"', '"/proc/kettle/runs"')
    kettle.write("docs/FINAL_STATUS.md", "as it was")
    ended = getattr(kettle, door)()
    assert ended.exit_code == (3 if door == "supervised" else 4), ended.output
    assert "No run can begin: /proc/kettle" in ended.output
    assert "Traceback" not in ended.output
    assert sorted(path.name for path in (kettle.root / "docs").iterdir()) == ["FINAL_STATUS.md"]


@pytest.mark.parametrize(("command", "exit_code"), [([*GATE, "run"], 3), ([*PYTEST, "-m", MARKER], 4)])
def test_disk_that_takes_no_temporary_file_begins_no_run(kettle: Project, command: list[str], exit_code: int) -> None:
    ended = kettle.run(["sh", "-c", f"ulimit -f 0; exec {' '.join(command)}"])
    assert ended.exit_code == exit_code, ended.output
    assert "No run can begin: no temporary file can be written." in ended.output
    assert ("Traceback" in ended.output, (kettle.root / "docs").exists()) == (False, False)


@pytest.mark.parametrize("most", [10, 12, 16, 24])
@pytest.mark.parametrize(("command", "exit_code"), [([*GATE, "run"], 3), ([*PYTEST, "-m", MARKER], 4)])
def test_process_that_may_open_few_files_begins_no_run(
    kettle: Project, command: list[str], exit_code: int, most: int
) -> None:
    ended = kettle.run(["sh", "-c", f"ulimit -n {most}; exec {' '.join(command)}"])
    assert ended.exit_code == exit_code, ended.output
    assert "No run can begin: it needs 48 files open at once, and" in ended.output
    assert ("Traceback" in ended.output, (kettle.root / "docs").exists()) == (False, False)


@pytest.mark.parametrize("door", ["supervised", "bare"])
@pytest.mark.parametrize("place", ["docs", "docs/_runs"])
@pytest.mark.parametrize("to", ["nowhere/at/all", "itself"])
def test_link_that_leads_nowhere_is_named_before_a_run(kettle: Project, place: str, to: str, door: str) -> None:
    link = kettle.root / place
    link.parent.mkdir(exist_ok=True)
    target = link.name if to == "itself" else to
    link.symlink_to(target)
    ended = getattr(kettle, door)()
    assert ended.exit_code == 4, ended.output
    assert f'"{place}" is a link to "{target}", where nothing is: make that, or remove the link.' in ended.output
    assert ("Traceback" in ended.output, link.is_symlink()) == (False, True)


@pytest.mark.parametrize("name", ["RELEASE_BLOCKED.md", "ERROR_TRIAGE_REPORT.md"])
def test_folder_in_the_place_of_a_document_is_named_before_a_run(kettle: Project, name: str) -> None:
    (kettle.root / "docs" / name).mkdir(parents=True)
    ended = kettle.supervised()
    assert (ended.exit_code, kettle.runs) == (4, []), ended.output
    assert f'"docs/{name}" is a folder, and the gate writes a file of that name: move the folder.' in ended.output


def test_runs_folder_may_lie_outside_the_project_under_any_umask(kettle: Project, tmp_path: Path) -> None:
    kettle.replace("pyproject.toml", '"docs/_runs"', f'"{tmp_path / "runs"}"')
    kettle.replace("pyproject.toml", 'docs_dir = "docs"', 'docs_dir = "notes"')
    ended = kettle.run(["sh", "-c", f"umask 0777; exec {' '.join(GATE)} run"])
    assert ended.exit_code == 0, ended.output
    (folder,) = (tmp_path / "runs").glob("*/")
    assert f"Artifacts: {folder}/" in ended.output
    closed = [path.name for path in folder.iterdir() if path.is_file() and path.stat().st_mode & 0o700 != 0o600]
    assert closed == []
    assert (kettle.root / "notes" / "FINAL_STATUS.md").exists()


def test_plugin_switched_off_by_the_configuration_is_named_as_a_reason(kettle: Project) -> None:
    kettle.replace("pytest.ini", "[pytest]", "[pytest]\naddopts = -p no:release_gate")
    ended = kettle.supervised()
    assert (ended.exit_code, kettle.runs) == (4, [])
    assert "-p no:release_gate (from addopts of pytest.ini)" in ended.output


def test_python_that_stays_open_at_its_end_keeps_verdict_and_exit_code(kettle: Project) -> None:
    ended = Project(kettle.root, {"PYTHONINSPECT": "1"}).supervised()
    assert (ended.exit_code, kettle.result["verdict"]) == (0, "PASS"), ended.output
