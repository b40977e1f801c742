"""The output for a person: a live table on a terminal, plain lines elsewhere, and the team's old lines at the end."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess

import pytest
from rich.console import Console

from release_gate.rules.declaration import load
from release_gate.rules.model import RESULT_FILE, Outcome
from release_gate.sealing.past_runs.earlier import usual_seconds
from release_gate.telling.terminal import Board
from tests.plugin.foreign import GATE, Project
from tests.plugin.test_signals import WAITING

CLOSING = ["PRODUCTION PROOF COMPLETE", "Backend is PRODUCTION READY"]


@pytest.mark.parametrize("door", ["bare", "supervised"])
def test_pass_ends_in_the_old_lines(kettle: Project, door: str) -> None:
    lines = getattr(kettle, door)().output.splitlines()
    run = kettle.folder.name
    assert lines[-5:] == [*CLOSING, "Verdict: PASS", f"Run ID: {run}", f"Artifacts: docs/_runs/{run}/"]


def test_failure_names_its_step_and_where_to_read_on(kettle: Project) -> None:
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', 'assert mode == "slow"')
    lines = kettle.supervised().output.splitlines()
    assert "PRODUCTION PROOF FAILED at step B. Heating" in lines
    assert lines[-1] == "Release blocked document written: docs/RELEASE_BLOCKED.md"


def test_notes_and_sample_stand_in_the_verdict_line(kettle: Project) -> None:
    kettle.replace("tests/test_a_water.py", "evidence.record", 'evidence.note("baseline: none")\n    evidence.record')
    sample = '{"workbook": {"kind": "sample", "name": "w", "sha256": "' + "0" * 64 + '"}}'
    kettle.write("conftest.py", f"def pytest_release_gate_subject(config):\n    return {sample}\n")
    assert "Verdict: PASS (sample data); baseline: none" in kettle.supervised().output.splitlines()


def test_each_check_gets_a_plain_line_without_a_terminal(kettle: Project) -> None:
    output = kettle.supervised().output
    assert "\x1b" not in output
    assert [output.count(f"  {name} ") for name in ("A1", "B1", "B2", "F1")] == [1, 1, 2, 1]
    assert "A Water\n" in output
    assert "It switches off [slow]" in output


def test_check_on_trial_is_marked(kettle: Project) -> None:
    kettle.replace(
        "pyproject.toml", 'fix = ["Replace the th', 'trial = true\ntrial_until = 2999-12-31\nfix = ["Replace the th'
    )
    declaration = load(kettle.root)
    assert declaration is not None
    board = Board(declaration, stream := io.StringIO())
    board.leave("B2", Outcome.FAILED, "hot", 0.1)
    board.leave("B1", Outcome.PASSED, "", 0.1)
    assert "  B2 FAILED It switches off (on trial until 2999-12-31) (0.1 s): hot" in stream.getvalue()
    assert "  B1 ok The water boils (0.1 s)" in stream.getvalue()
    table = board._table()
    assert ("1/2 (1 on trial)" in [str(cell) for cell in table.columns[3].cells], table.rows[1].style) == (
        True,
        "green",
    )


class Screen(io.StringIO):
    """A terminal with this encoding."""

    encoding = ""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self.encoding = encoding

    def isatty(self) -> bool:
        return True


def shown_table(board: Board, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    with console.capture() as captured:
        console.print(board._table())
    return captured.get().splitlines()


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_table_fits_the_terminal_and_marks_the_running_row(kettle: Project, width: int, encoding: str) -> None:
    declaration = load(kettle.root)
    assert declaration is not None
    board = Board(declaration, Screen(encoding), lambda: {"B": 30.0})
    board._usual = board._usual_seconds()
    board.leave("A1", Outcome.FAILED, "dry", 0.1)
    board.enter("B", "B1", "test_the_water_boils")
    board.progress("a step with a name longer than any terminal " * 9, 1, 2)
    lines = shown_table(board, width)
    assert max(map(len, lines)) <= width
    marks = ["✘", "▸", "·"] if encoding == "utf-8" else ["x", ">", "."]
    assert [line[0] for line in lines[1:4]] == marks
    assert "of about 30 s" in lines[2]


def test_narrow_terminal_gets_lines(kettle: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declaration = load(kettle.root)
    assert declaration is not None
    for columns, live in (("59", False), ("60", True)):
        monkeypatch.setenv("COLUMNS", columns)
        board = Board(declaration, Screen("utf-8"))
        board.open("20261130_080000")
        assert (board._live is not None) == live
        board.close()


def test_usual_seconds_are_of_the_last_runs_that_passed(kettle: Project) -> None:
    declaration = load(kettle.root)
    assert declaration is not None
    told = [("20261101_080000", "PASS", 900), ("20261102_080000", "PASS", 1), ("20261103_080000", "PASS", 2)]
    told += [("20261104_080000", "PASS", 3), ("20261105_080000", "FAIL", 70), ("20261106_080000", "PASS", 80)]
    for run_id, verdict, seconds in told:
        criteria = [{"id": "A", "checks": [{"duration_s": seconds}, {"duration_s": 0.5}]}]
        content = json.dumps({"verdict": verdict, "criteria": criteria})
        kettle.write(f"docs/_runs/{run_id}/{RESULT_FILE}", content)
    kettle.write("docs/_runs/20261105_090000/" + RESULT_FILE, "[]")
    assert usual_seconds(declaration, "20261106_080000") == {"A": 2.5}


def test_what_was_not_measured_is_not_shown_as_passed(kettle: Project) -> None:
    kettle.replace(
        "tests/test_a_water.py", "evidence.record", 'evidence.not_measured("no scales")\n    evidence.record'
    )
    line = next(line for line in kettle.supervised().output.splitlines() if line.startswith("  A1 "))
    assert "NOT_MEASURED" in line
    assert "no scales" in line


def test_long_step_is_heard_of_without_a_terminal(kettle: Project) -> None:
    kettle.write("tests/test_b_heating.py", WAITING)
    kettle.write("conftest.py", "import release_gate.telling.terminal\n\nrelease_gate.telling.terminal.QUIET_S = 0.1\n")
    for name in ("started", "go_on"):
        os.mkfifo(kettle.root / name)
    child = subprocess.Popen(
        [*GATE, "run"], cwd=kettle.root, env=kettle.child_environment(), stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    (kettle.root / "started").read_text()
    heard = next(line for line in child.stdout if "… B1 The water boils" in line)
    (kettle.root / "go_on").write_text("")
    rest = child.stdout.read()
    child.stdout.close()
    assert child.wait(timeout=60) == 0
    assert heard.endswith(" s\n")
    assert "B1" in rest


def test_running_step_is_shown_live_on_a_terminal(kettle: Project) -> None:
    """The table must reach the screen while the check runs, although pytest captures output then."""
    kettle.write("tests/test_b_heating.py", WAITING)
    for name in ("started", "go_on"):
        os.mkfifo(kettle.root / name)
    ours, theirs = pty.openpty()
    environment = kettle.child_environment() | {"TERM": "xterm", "COLUMNS": "100"}
    child = subprocess.Popen([*GATE, "run"], cwd=kettle.root, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        (kettle.root / "started").read_text()
        seen = read_until(ours, b"B1 The water boils")
        assert b"Heating" in seen
        (kettle.root / "go_on").write_text("")
        rest = read_until(ours, b"Artifacts: docs/_runs/")
        assert child.wait(timeout=60) == 0
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        os.close(ours)
    assert b"PRODUCTION PROOF COMPLETE" in rest


def read_until(handle: int, wanted: bytes) -> bytes:
    """The terminal's text until `wanted` is among it; fails when the program ends before."""
    seen = b""
    while wanted not in seen:
        assert select.select([handle], [], [], 60)[0], f"{wanted!r} did not appear within a minute in {seen!r}"
        try:
            seen += os.read(handle, 65536)
        except OSError as error:
            raise AssertionError(f"{wanted!r} never appeared in {seen!r}") from error
    return seen
