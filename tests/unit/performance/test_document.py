"""SLO_RESULTS.json: never absent, never half, never edited by hand."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.performance import slo_document
from app.performance.errors import DocumentError
from app.performance.load.generator import Calibration
from app.performance.load.measurement import Measurement, SloResult, result_of
from app.performance.load.truth import Truth
from app.performance.slo.row_bound import FACTS
from app.performance.slo.slo_declaration import load_slos
from tests.unit.performance.exchanges import answered, unanswered

SLOS = load_slos()
SHA = "ab" * 32
TRUTH = Truth(7, SHA, dict.fromkeys(FACTS, 1), (), {})


def results() -> tuple[SloResult, ...]:
    """Six SLOs: two met, one violated, one with an error, one without an answer, one with a request too few."""
    quick = [answered({}, at_s=number / 20, latency_ms=7.123456, late_ms=0.0123456) for number in range(420)]
    slow = [answered({}, at_s=number / 20, latency_ms=999) for number in range(420)]
    loads = [quick, slow, [*quick, unanswered("TIMEOUT")], [], quick, quick[:399]]
    return tuple(result_of(slo, load, (), None) for slo, load in zip(SLOS, loads, strict=True))


def measured(calibration: Calibration | None = None) -> dict[str, Any]:
    return slo_document.build(Measurement(results(), 120.0, 32, calibration), TRUTH)


def test_document_of_a_measurement_survives_the_file(tmp_path: Path) -> None:
    file = tmp_path / "perf" / "SLO_RESULTS.json"
    slo_document.write(file, measured(Calibration(120.0, 150, 0, 0.5, 0.9)))
    read = slo_document.read(file)
    assert (read["run_id"], read["excel_sha256"], read["measured"]) == (7, SHA, True)
    assert [entry["status"] for entry in read["slos"]] == [
        "MET", "VIOLATED", "ERRORS", "NOT_MEASURED", "MET", "NOT_MEASURED",
    ]  # fmt: skip
    assert [path.name for path in file.parent.iterdir()] == ["SLO_RESULTS.json"]


def test_document_before_a_measurement_holds_every_slo_as_not_measured(tmp_path: Path) -> None:
    file = tmp_path / "SLO_RESULTS.json"
    slo_document.write(file, slo_document.not_measured(SLOS, "not yet", run_id=None, excel_sha256=None))
    read = slo_document.read(file)
    assert [entry["name"] for entry in read["slos"]] == [slo.name for slo in SLOS]
    assert {(entry["status"], entry["reason"]) for entry in read["slos"]} == {("NOT_MEASURED", "not yet")}


FORGERIES: dict[str, tuple[tuple[Any, ...], Any]] = {
    "violated made met": (("slos", 1, "status"), "MET"),
    "not measured made met": (("slos", 3, "status"), "MET"),
    "too few made met": (("slos", 5, "status"), "MET"),
    "errors forgotten": (("slos", 2, "errors"), 0),
    "errors uncounted": (("slos", 2, "errors_by_code"), {}),
    "target raised": (("slos", 1, "target_ms"), 5000.0),
    "bound lowered": (("slos", 1, "upper_bound_ms"), 1.0),
    "p95 lowered": (("slos", 1, "p95_ms"), 1.0),
    "latencies cut": (("slos", 0, "latencies_ms"), [7.123] * 419),
    "confidence lowered": (("confidence",), 0.5),
    "lateness hidden": (("slos", 1, "generator_late_p95_ms"), 9999.0),
    "run unknown": (("run_id",), None),
    "workbook unknown": (("excel_sha256",), None),
    "workbook misspelt": (("excel_sha256",), "AB" * 32),
    "nothing measured": (("measured",), False),
    "load unknown": (("load",), None),
    "another version": (("schema_version",), 2),
    "no SLO": (("slos",), []),
    "member too many": (("comment",), "trust me"),
}


@pytest.mark.parametrize(("place", "value"), FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_document_is_refused(tmp_path: Path, place: tuple[Any, ...], value: Any) -> None:
    forged: Any = copy.deepcopy(measured())
    *way, last = place
    holder = forged
    for step in way:
        holder = holder[step]
    holder[last] = value
    file = tmp_path / "SLO_RESULTS.json"
    file.write_text(json.dumps(forged), encoding="utf-8")
    with pytest.raises(DocumentError):
        slo_document.read(file)


def test_an_slo_held_twice_is_refused(tmp_path: Path) -> None:
    forged = copy.deepcopy(measured())
    forged["slos"][1] = forged["slos"][0]
    with pytest.raises(DocumentError):
        slo_document.write(tmp_path / "SLO_RESULTS.json", forged)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "[" * 100_000])
def test_what_is_no_document_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "SLO_RESULTS.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DocumentError):
        slo_document.read(file)


def test_a_missing_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        slo_document.read(tmp_path / "SLO_RESULTS.json")


def test_a_document_of_other_slos_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "SLO_RESULTS.json"
    slo_document.write(file, measured())
    assert slo_document.read(file, SLOS)["run_id"] == 7
    for others in (SLOS[:5], (*SLOS[1:], SLOS[0]), (replace(SLOS[0], target_ms=401), *SLOS[1:])):
        with pytest.raises(DocumentError):
            slo_document.read(file, others)


def test_a_refused_document_leaves_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "SLO_RESULTS.json"
    slo_document.write(file, measured())
    before = file.read_bytes()
    with pytest.raises(DocumentError):
        slo_document.write(file, {"schema_version": 1})
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
