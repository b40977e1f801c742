"""A byte changed, a file added or a file removed in a passed run is found out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from release_gate import supervisor
from release_gate.child import ChildEnd
from release_gate.record import records
from release_gate.record.files import as_json
from release_gate.record.journal import Journal
from release_gate.rules.declaration import Declaration, load
from release_gate.rules.model import PAGE
from release_gate.sealing import result, seal
from release_gate.sealing.seal import publish
from release_gate.sealing.statement import NAME as STATEMENT
from release_gate.sealing.statement import statement
from release_gate.sealing.verifying import verify
from tests.plugin.foreign import GATE, Project

RESULT = "RELEASE_GATE_RESULT.json"
ENDED = ChildEnd(exit_code=0, forwarded=())


@pytest.fixture
def declaration(passed: Project) -> Declaration:
    loaded = load(passed.root)
    assert loaded is not None
    return loaded


@pytest.fixture
def untouched(passed: Project, tmp_path: Path) -> Iterator[Path]:
    """A copy of the run folder, to be tampered with."""
    yield Path(shutil.copytree(passed.folder, tmp_path / passed.folder.name))


def test_supervisor_passes_nothing_that_verify_would_refuse(
    untouched: Path, declaration: Declaration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that another version of the gate, or a fault of this one, has written."""

    def published(*arguments: Any) -> dict[str, Any]:
        result = publish(*arguments)
        (untouched / PAGE).write_text("as I like it", encoding="utf-8")
        return result

    monkeypatch.setattr(supervisor, "publish", published)
    judged = supervisor.judge_run(declaration, untouched, ENDED, None)
    assert judged["verdict"] == "INCOMPLETE"
    assert f"{PAGE} is not the page of this run" in judged["reasons"][0]


def test_supervisor_passes_no_journal_that_has_changed_since_it_was_folded(
    untouched: Path, declaration: Declaration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor folds the journal once, so the file must still be the one that it has folded."""

    def published(*arguments: Any) -> dict[str, Any]:
        journal = Journal(untouched)
        journal.append("note", message="added while the result was written")
        journal.close()
        return publish(*arguments)

    monkeypatch.setattr(supervisor, "publish", published)
    judged = supervisor.judge_run(declaration, untouched, ENDED, None)
    assert judged["verdict"] == "INCOMPLETE"
    assert "journal.jsonl" in judged["reasons"][0]


@pytest.mark.parametrize(("exit_code", "folds", "verdict"), [(0, 1, "PASS"), (1, 2, "INCOMPLETE")])
def test_supervisor_folds_a_journal_once_and_again_after_it_has_added_to_it(
    untouched: Path,
    declaration: Declaration,
    monkeypatch: pytest.MonkeyPatch,
    exit_code: int,
    folds: int,
    verdict: str,
) -> None:
    folded = Mock(side_effect=records.fold)
    for module in (result, seal):
        monkeypatch.setattr(module, "fold", folded)
    ended, alone = replace(ENDED, exit_code=exit_code), replace(declaration, runs_dir=untouched.parent)
    assert supervisor.judge_run(alone, untouched, ended, None)["verdict"] == verdict
    assert folded.call_count == folds


def test_verify_folds_the_journal_itself(
    untouched: Path, declaration: Declaration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result, "fold", folded := Mock(side_effect=records.fold))
    assert verify(untouched / RESULT, declaration) == []
    assert folded.call_count == 1


def test_untouched_run_is_valid(untouched: Path, declaration: Declaration) -> None:
    assert verify(untouched / RESULT, declaration) == []


@given(data=st.data())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_is_refused(data: st.DataObject, untouched: Path, declaration: Declaration) -> None:
    path = data.draw(st.sampled_from(sorted(path for path in untouched.rglob("*") if path.is_file())))
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        path.write_bytes(changed)
        assert verify(untouched / RESULT, declaration) != []
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize(
    "name",
    [
        "boil.json",
        "junit.xml",
        "journal.jsonl",
        "ERROR_TRIAGE_REPORT.md",
        "ctrf-report.json",
        "release_report.html",
        "release_report.json",
        RESULT,
    ],
)
@pytest.mark.parametrize("deed", ["removed", "emptied", "appended to"])
def test_lost_or_cut_file_is_refused(name: str, deed: str, untouched: Path, declaration: Declaration) -> None:
    path = untouched / name
    if deed == "removed":
        path.unlink()
    else:
        path.write_bytes(b"" if deed == "emptied" else path.read_bytes() + b"\n")
    assert verify(untouched / RESULT, declaration) != []


@pytest.mark.parametrize("name", ["extra.json", ".hidden", "deep/extra.json"])
def test_added_file_is_refused(name: str, untouched: Path, declaration: Declaration) -> None:
    (untouched / name).parent.mkdir(exist_ok=True)
    (untouched / name).write_text("{}")
    assert len(verify(untouched / RESULT, declaration)) == 1


def test_result_rewritten_together_with_its_statement_is_refused(untouched: Path, declaration: Declaration) -> None:
    result = json.loads((untouched / RESULT).read_text("utf-8")) | {"started_at": "2001-01-01T00:00:00.000+00:00"}
    content = as_json(result)
    (untouched / RESULT).write_bytes(content)
    (untouched / STATEMENT).write_bytes(as_json(statement(content, result)))
    assert len(verify(untouched / RESULT, declaration)) == 1


def test_failure_edited_into_a_pass_is_refused(kettle: Project) -> None:
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', 'assert mode == "slow"')
    kettle.commit()
    assert kettle.bare().exit_code == 1
    path = kettle.folder / RESULT
    path.write_text(path.read_text("utf-8").replace('"FAIL"', '"PASS"').replace('"FAILED"', '"PASSED"'))
    result = json.loads(path.read_text("utf-8")) | {"reasons": []}
    path.write_text(json.dumps(result, indent=2) + "\n")
    assert kettle.verify().exit_code == 1
    assert kettle.run([*GATE, "recompute"]).exit_code == 1
