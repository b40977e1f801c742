"""Criterion F: the release gate detects faults of its own runs.

Sealing decides the checks that depend on the finished run. The tests here spoil copies of a run, and prove that
sealing finds each fault.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from release_gate.record.records import Run, fold
from release_gate.rules.declaration import Declaration, load
from release_gate.rules.model import BROKEN, Outcome
from release_gate.rules.waivers import load_waivers
from release_gate.sealing.seal import artefacts, complete, hashed, schemas, triaged
from release_gate.sealing.subject import describe
from tests.acceptance.support.backend import ROOT, Backend

pytestmark = pytest.mark.prod_ready

Events = list[dict[str, Any]]


@pytest.fixture(scope="module")
def declaration() -> Declaration:
    declaration = load(ROOT)
    assert declaration is not None
    return declaration


@pytest.fixture(scope="module")
def events(declaration: Declaration) -> Events:
    """A journal in which every check passed; each case below spoils a copy of it."""
    checks = [check.id for check in declaration.checks if not check.sealed]
    listed = [{"nodeid": f"test_{check}", "check": check} for check in checks]
    made: Events = [
        {"event": "run_started", "run_id": "copy", "declaration": dict(declaration.raw)},
        {"event": "collected", "items": listed},
    ]
    for check in checks:
        made += passing(check)
    made.append({"event": "session_finished", "exitstatus": 0})
    return [{"seq": n, "at": f"2026-01-01T00:00:{n / 1000:06.3f}+00:00", **event} for n, event in enumerate(made, 1)]


def passing(check: str) -> Events:
    node = {"nodeid": f"test_{check}", "check": check}
    phases = [
        {"event": "phase", **node, "when": when, "outcome": "passed", "duration_s": 0.1, "xfail": False}
        for when in ("setup", "call", "teardown")
    ]
    return [{"event": "started", **node}, *phases, {"event": "finished", **node}]


def spoiled(events: Events, spoil: Callable[[Events], Any]) -> Run:
    copy: Events = json.loads(json.dumps(events))
    spoil(copy)
    return fold(copy, ROOT)


def of_check(check: str, kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event.get("nodeid") == f"test_{check}" and event["event"] == kind


def without(events: Events, unwanted: Callable[[dict[str, Any]], bool]) -> None:
    events[:] = [event for event in events if not unwanted(event)]


def changed(events: Events, wanted: Callable[[dict[str, Any]], bool], **facts: Any) -> None:
    next(event for event in events if wanted(event)).update(facts)


@pytest.mark.check("F1")
def test_sealing_sees_every_check_that_did_not_run_once(events: Events, evidence: Any) -> None:
    assert complete(spoiled(events, lambda copy: None)) == (Outcome.PASSED, "")
    call = lambda event: of_check("C3", "phase")(event) and event["when"] == "call"  # noqa: E731
    cases: dict[str, Callable[[Events], Any]] = {
        "never started": lambda copy: without(copy, lambda event: event.get("nodeid") == "test_C3"),
        "skipped": lambda copy: changed(copy, call, outcome="skipped", reason="because"),
        "expected to fail": lambda copy: changed(copy, call, outcome="skipped", xfail=True),
        "ran twice": lambda copy: copy.extend(e for e in list(copy) if of_check("C3", "started")(e)),
        "not collected": lambda copy: (
            copy[1].update(items=[i for i in copy[1]["items"] if i["check"] != "C3"])
            or without(copy, lambda event: event.get("nodeid") == "test_C3")
        ),
    }
    rows = []
    for case, spoil in cases.items():
        outcome, reason = complete(spoiled(events, spoil))
        rows.append([case, outcome.value, reason])
        assert outcome is not Outcome.PASSED, f"{case}: the sealing did not see it"
        assert "C3" in reason
    evidence.table("spoiled copies", ["C3 …", "outcome", "reason"], rows)


@pytest.fixture
def copy_of_folder(declaration: Declaration, tmp_path: Path) -> Path:
    """A folder with every declared artefact, each an empty JSON object, which no declared schema accepts."""
    folder = tmp_path / "run"
    folder.mkdir()
    for name in declaration.artefacts:
        (folder / name).write_text("{}", encoding="utf-8")
    return folder


def present(folder: Path) -> set[str]:
    return {entry["path"] for entry in hashed(folder)}


@pytest.mark.check("F2")
def test_sealing_sees_missing_and_empty_artefacts(
    events: Events, declaration: Declaration, copy_of_folder: Path, evidence: Any
) -> None:
    run = spoiled(events, lambda copy: None)
    assert artefacts(run, copy_of_folder, present(copy_of_folder)) == (Outcome.PASSED, "")
    before = {entry["path"]: entry["sha256"] for entry in hashed(copy_of_folder)}
    rows = []
    for name in (name for name in declaration.artefacts if name in before):
        other = copy_of_folder.with_name("spoiled")
        shutil.copytree(copy_of_folder, other)
        (other / name).write_text("{} ", encoding="utf-8")
        assert {e["path"]: e["sha256"] for e in hashed(other)}[name] != before[name]
        (other / name).write_text("", encoding="utf-8")
        empty = artefacts(run, other, present(other))
        (other / name).unlink()
        missing = artefacts(run, other, present(other))
        rows.append([name, empty[1], missing[1]])
        shutil.rmtree(other)
        assert empty[0] in BROKEN and missing[0] in BROKEN, f"{name}: its absence was not seen"
    evidence.table("spoiled artefacts", ["artefact", "emptied", "removed"], rows)
    assert rows


@pytest.mark.check("F3")
def test_sealing_sees_results_against_their_schema(
    events: Events, declaration: Declaration, copy_of_folder: Path, run_folder: Path, evidence: Any
) -> None:
    run = spoiled(events, lambda copy: None)
    rows = []
    for name in declaration.schemas:
        outcome, reason = schemas(run, copy_of_folder, present(copy_of_folder))
        rows.append([name, outcome.value, reason])
        assert outcome in BROKEN and name in reason, f"an empty object passed as {name}"
        if (run_folder / name).is_file():
            shutil.copyfile(run_folder / name, copy_of_folder / name)
    evidence.table("results against their schema", ["result", "outcome", "reason"], rows)
    assert set(declaration.schemas) == {"FEATURE_GATES.json", "SLO_RESULTS.json"}
    if all((run_folder / name).is_file() for name in declaration.schemas):
        assert schemas(run, copy_of_folder, present(copy_of_folder)) == (Outcome.PASSED, "")


@pytest.mark.check("F4")
def test_waivers_are_valid(declaration: Declaration, tmp_path: Path, evidence: Any) -> None:
    today = dt.datetime.now().astimezone().date()
    waivers = load_waivers(declaration.waivers, declaration, today)
    granted = [[waiver.check, waiver.expires, waiver.approver, waiver.reason] for waiver in waivers.valid]
    evidence.table("waivers", ["check", "until", "approver", "reason"], granted)
    assert not waivers.errors, "; ".join(waivers.errors)
    tomorrow, yesterday = today + dt.timedelta(days=1), today - dt.timedelta(days=1)
    for case, check, reason, expires in (
        ("expired", "C5", "known", yesterday),
        ("unknown check", "Z9", "known", tomorrow),
        ("reasonless", "C5", " ", tomorrow),
        ("of criterion A", "A1", "known", tomorrow),
        ("of criterion F", "F1", "known", tomorrow),
    ):
        path = tmp_path / "release_waivers.toml"
        entry = f'[[waivers]]\ncheck = "{check}"\nreason = "{reason}"\napprover = "QA"\nexpires = {expires}\n'
        path.write_text(entry, encoding="utf-8")
        assert load_waivers(path, declaration, today).errors, f"a waiver that is {case} was accepted"


@pytest.mark.check("F5")
def test_sealing_sees_failures_without_a_complete_finding(events: Events, evidence: Any) -> None:
    call = lambda event: of_check("C3", "phase")(event) and event["when"] == "call"  # noqa: E731
    failure = {"type": "builtins.AssertionError", "message": "a row is missing", "category": None, "fix": None}
    whole = spoiled(events, lambda copy: changed(copy, call, outcome="failed", failure=failure))
    assert triaged(whole) == (Outcome.PASSED, "")
    foreign = failure | {"category": "WEATHER"}
    outcome, reason = triaged(spoiled(events, lambda copy: changed(copy, call, outcome="failed", failure=foreign)))
    evidence.record("foreign category", reason, source="release_gate.sealing.seal.triaged")
    evidence.expect(
        outcome in BROKEN, "a finding of an undeclared category is refused", source="release_gate.sealing.seal.triaged"
    ).equals(True)
    assert "C3" in reason


@pytest.mark.check("F6")
def test_subject_is_identified(
    subject: dict[str, Any], backend: Backend, declaration: Declaration, pytestconfig: pytest.Config, evidence: Any
) -> None:
    checkout = describe(ROOT, declaration.lock)
    known = {**checkout, **subject}
    for name in ("commit", "dirty", "lock_sha256", "migration_head", "ingestion_run_id"):
        evidence.record(name, known.get(name), source="subject")
    for name in ("commit", "lock_sha256", "migration_head", "ingestion_run_id"):
        assert known.get(name), f"{name} is unknown: run inside the git checkout, or set the CI's commit variable"
    assert len(subject["workbook"]["sha256"]) == 64
    assert subject["workbook"]["kind"] in ("sample", "given")
    assert subject["database"]["server_version"]
    if pytestconfig.getoption("--gate-release"):
        assert checkout["dirty"] is False, "--release needs a clean checkout: commit your changes"
    elif checkout["dirty"]:
        evidence.note("uncommitted changes")
