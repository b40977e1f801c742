"""Faults that fit the tree, a proof that cannot be fooled by a crash, and the quick ones seen for real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.performance import slo_document
from app.performance.slo.slo_declaration import load_slos
from release_gate.rules.declaration import load as load_declaration
from tests.acceptance.support.latencies.baseline import last_pass
from tests.faults.baseline import sealed_pass
from tests.faults.catalogue import ROOT, Fault, FaultError, chosen, load
from tests.faults.clean_runs import clean_runs
from tests.faults.mutated_tree import apply
from tests.faults.page import PAGE, digest, page, remembered
from tests.faults.proving import ACCEPTANCE, judged, prove, without_interpreter
from tests.faults.witness import MEASURED, SUBJECT

FAULTS = load()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_names_its_check_and_fits_the_tree(fault: Fault, tmp_path: Path) -> None:
    declaration = load_declaration(ROOT)
    assert declaration is not None
    check = declaration.check(fault.check)
    assert check is not None, f"{fault.check} is no required check"
    assert fault.id.startswith(f"{fault.check}-")
    assert fault.category == check.category or fault.crash, "another category than the check's needs a reason"
    for name in fault.tests:
        file, _, test = name.partition("::")
        assert f"def {test}(" in (ROOT / ACCEPTANCE / file).read_text(encoding="utf-8")
    for edit in fault.edits:
        copy = tmp_path / edit.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text((ROOT / edit.file).read_text(encoding="utf-8"), encoding="utf-8")
    apply(fault, tmp_path)


def test_page_is_the_one_of_these_faults_and_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(FAULTS, remembered(), clean_runs())


ONE = Fault("C4-x", "C4", "DATA_INTEGRITY", "", "", ("t",), "row 7")
SEEN: dict[str, Any] = {
    "check": "C4",
    "when": "call",
    "outcome": "failed",
    "category": "DATA_INTEGRITY",
    "root_cause": "Fases, Excel row 7",
    "type": "builtins.AssertionError",
    "asserts": True,
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, ""),
        ({"check": "C3"}, "C3 failed first"),
        ({"category": "ENV"}, "its category is ENV, not DATA_INTEGRITY"),
        ({"root_cause": "something else"}, "its root cause does not say 'row 7'"),
        ({"asserts": False, "type": "builtins.KeyError"}, "it crashed with builtins.KeyError, which is no detection"),
        ({"outcome": "passed"}, "every check passed"),
        ({"outcome": "skipped"}, "C4 was skipped"),
        ({"outcome": "not_measured", "reason": "too busy"}, "not measured: too busy"),
    ],
)
def test_only_the_checks_own_failure_counts(change: dict[str, Any], told: str) -> None:
    assert judged(ONE, [SEEN | change], "")[0] == told


def test_what_was_measured_without_the_fault_becomes_the_last_pass(tmp_path: Path) -> None:
    subject = {
        "workbook": {"kind": "given", "name": "sample.xlsx", "sha256": "a" * 64},
        "database": {"provider": "embedded", "server_version": "18.6"},
        "machine": "012345678901, 2 processors",
    }
    slos = load_slos()
    told = slo_document.not_measured(slos, "none", run_id=7, excel_sha256="a" * 64)
    (tmp_path / MEASURED).write_text(json.dumps(told), encoding="utf-8")
    (tmp_path / SUBJECT).write_text(json.dumps(subject), encoding="utf-8")
    baseline, passed_over = last_pass(sealed_pass(tmp_path), subject, slos, ROOT)
    assert baseline is not None and (baseline.results["run_id"], passed_over) == (7, [])


def test_without_a_measurement_there_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="nothing was measured without the fault"):
        sealed_pass(tmp_path)


def test_a_fault_without_a_baseline_keeps_the_hash_that_it_was_tried_under() -> None:
    assert digest(ONE) == "350799d89ea06818"
    assert digest(msgspec.structs.replace(ONE, baseline=True)) != digest(ONE)


def test_nothing_ran_is_no_detection() -> None:
    assert judged(ONE, [], "ERROR: not found")[0].startswith("nothing ran")


def test_an_unknown_name_is_one_sentence() -> None:
    with pytest.raises(FaultError, match="No fault and no check with a fault is called Z9"):
        chosen(FAULTS, ["Z9"])


def test_quick_faults_are_seen() -> None:
    """The faults are tried in one copy and one session, because they do not affect each other's checks."""
    proofs = prove([fault for fault in FAULTS if fault.quick], workbook=None)
    assert {proof.fault: proof.told for proof in proofs if not proof.seen} == {}
    assert len(proofs) >= 8


def test_no_cause_on_record_names_a_folder_of_the_interpreter() -> None:
    cause = 'File "/opt/python/lib/python3.11/subprocess.py", line 1950: no /srv/exports/a.xlsx'
    assert without_interpreter(cause) == 'File "lib/python3.11/subprocess.py", line 1950: no /srv/exports/a.xlsx'
    causes = [result.proof.root_cause for result in remembered().values()]
    assert [one for one in causes if one != without_interpreter(one)] == []
