"""Criterion C: the workbook's rows arrive, all of them, once, unchanged, or are refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.contract import SHEETS
from app.ingestion.errors import IngestionError
from app.ingestion.run_result import IngestionResult
from app.workbook.errors import WorkbookRefused
from app.workbook.writing import write_workbook
from tests.acceptance.support.backend import Backend
from tests.acceptance.support.content import checksum, core_rows, snapshot_checksums, source_columns, workbook_rows
from tests.acceptance.support.content_differences import expect_rejects, first_difference
from tests.acceptance.support.listed_rejects import first_listed, in_csv, in_excel
from tests.oracle import Oracle

pytestmark = pytest.mark.prod_ready


@pytest.mark.check("C1")
@pytest.mark.usefixtures("begun_when_ingested")
def test_workbook_keeps_the_contract(
    workbook: Path, oracle: Oracle, pristine: Backend, tmp_path: Path, evidence: Any
) -> None:
    book = openpyxl.load_workbook(workbook, read_only=True)
    headers = {name: {cell.value for cell in next(book[name].iter_rows(max_row=1), ())} for name in book.sheetnames}
    book.close()
    lacking = [
        f"{sheet.name}.{column.header}"
        for sheet in SHEETS
        for column in sheet.columns
        if column.header not in headers.get(sheet.name, set())
    ]
    assert not lacking, f"the workbook lacks {', '.join(lacking)}"
    faults = {
        sheet: sum(code == "INVALID_TYPE" for code in rejects.values()) for sheet, rejects in oracle.rejects().items()
    }
    evidence.table("cells of a wrong type", ["sheet", "rows"], sorted(faults.items()))
    counts = oracle.counts()
    empty = [sheet for sheet, count in counts.items() if count["loaded"] and not count["accepted"]]
    assert not empty, f"no row of {', '.join(empty)} has the contract's types"
    for broken, code in broken_workbooks(tmp_path).items():
        try:
            with pristine.clone() as backend:
                found = backend.ingest(broken).status
        except (WorkbookRefused, IngestionError) as refusal:
            found = refusal.code
            evidence.record(broken.name, str(refusal), source=type(refusal).__name__)
        evidence.expect(found, f"what becomes of '{broken.name}'", source="an ingestion of it").equals(code)


def broken_workbooks(folder: Path) -> dict[Path, str]:
    """Workbooks that break the contract, and the code that each must be refused with."""
    names = {sheet.name: [column.header for column in sheet.columns] for sheet in SHEETS}
    lacking, repeated = folder / "lacks a column.xlsx", folder / "repeats a column.xlsx"
    write_workbook(lacking, {}, headers={"Fases": names["Fases"][1:]})
    write_workbook(repeated, {}, headers={"Fases": [*names["Fases"], "Fase_Id"]})
    no_workbook, sheetless = folder / "no workbook.xlsx", folder / "lacks sheets.xlsx"
    no_workbook.write_text("Of_Id;Of_DataCriacao\n", encoding="utf-8")
    other = openpyxl.Workbook()
    other.save(sheetless)
    erring = folder / "holds error values.xlsx"
    write_workbook(erring, {"Fases": [[number, "Fase", number, True, False] for number in (1, 2)]})
    book = openpyxl.load_workbook(erring)
    for row in (2, 3):
        book["Fases"].cell(row, names["Fases"].index("Fase_Sequencia") + 1).value = "#N/A"
    book.save(erring)
    return {
        lacking: "MISSING_COLUMN",
        repeated: "DUPLICATE_COLUMN",
        no_workbook: "NOT_XLSX",
        sheetless: "MISSING_SHEET",
        erring: "REJECTS_REFUSED",
    }


@pytest.mark.check("C2")
def test_extracted_counts_equal_an_independent_readers(
    ingestion: IngestionResult, oracle: Oracle, evidence: Any
) -> None:
    extracted = {sheet["sheet"]: sheet["rows_extracted"] for sheet in ingestion.as_dict()["sheets"]}
    counted = {sheet: count["loaded"] for sheet, count in oracle.counts().items()}
    rows = [[sheet, extracted.get(sheet), counted[sheet]] for sheet in counted]
    evidence.table("rows", ["sheet", "extracted", "openpyxl"], rows)
    evidence.record("rows", sum(counted.values()), unit="rows", source="openpyxl")
    differing = [f"{sheet}: extracted {mine}, openpyxl {theirs}" for sheet, mine, theirs in rows if mine != theirs]
    assert not differing, f"counts differ: {'; '.join(differing)}"


@pytest.mark.check("C3")
def test_every_sheet_reconciles(backend: Backend, ingestion: IngestionResult, oracle: Oracle, evidence: Any) -> None:
    columns = ("extracted", "loaded", "merged", "rejected", "inserted", "updated", "unchanged", "in_core", "refused")
    rows = []
    for sheet in ingestion.as_dict()["sheets"]:
        table = next(one.table for one in SHEETS if one.name == sheet["sheet"])
        in_core = backend.value(f"SELECT count(*) FROM core.{table} WHERE run_id = :run", run=ingestion.run_id)
        refused = backend.value(
            "SELECT count(*) FROM audit.rejected_rows WHERE run_id = :run AND sheet = :sheet",
            run=ingestion.run_id,
            sheet=sheet["sheet"],
        )
        counts = (f"rows_{name}" for name in columns[:4])
        rows.append([sheet["sheet"], *(sheet[c] for c in counts), *(sheet[c] for c in columns[4:7]), in_core, refused])
    evidence.table("reconciliation", ["sheet", *columns], rows)
    broken = []
    for name, extracted, loaded, merged, rejected, inserted, updated, unchanged, in_core, refused in rows:
        holds = extracted == loaded == merged + rejected and merged == inserted + updated + unchanged == in_core
        accepted = oracle.counts()[name]["accepted"]
        if not (holds and rejected == refused and merged == accepted):
            broken.append(
                f"{name}: extracted {extracted}, loaded {loaded}, merged {merged}, rejected {rejected}, in core"
                f" {in_core}, recorded rejects {refused}, acceptable by openpyxl {accepted}"
            )
    assert {row[0] for row in rows} == {sheet.name for sheet in SHEETS}
    assert not broken, "does not reconcile: " + "; ".join(broken)


@pytest.mark.check("C4")
def test_core_content_equals_the_workbook(
    backend: Backend, ingestion: IngestionResult, oracle: Oracle, evidence: Any
) -> None:
    rows, differing = [], []
    for sheet, (table, columns) in source_columns(backend).items():
        headers, names = zip(*columns, strict=True)
        in_workbook = checksum(workbook_rows(oracle, sheet, headers))
        in_core = checksum(core_rows(backend, table, names, ingestion.run_id))
        rows.append([sheet, len(columns) * in_core[0], *in_workbook, *in_core])
        if in_workbook != in_core:
            differing.append(sheet)
    evidence.table("content", ["sheet", "cells", "rows (openpyxl)", "checksum", "rows (core)", "checksum"], rows)
    evidence.record("cells_compared", sum(row[1] for row in rows), unit="cells", source="openpyxl against core")
    evidence.expect(len(rows), "sheets compared", unit="sheets", source="openpyxl against core").equals(len(SHEETS))
    for sheet in differing[:1]:
        difference = first_difference(backend, ingestion.run_id, oracle, sheet)
        others = f"; other sheets that differ: {', '.join(differing[1:])}" if differing[1:] else ""
        source = f"core, against openpyxl's cells{others}"
        evidence.expect(difference.found, difference.place, source=source).equals(difference.expected)
        raise AssertionError(f"{sheet}: the checksums differ, but no row does; see tests/acceptance/support/content.py")


@pytest.mark.check("C5")
def test_every_reject_is_explained_with_its_excel_row(
    backend: Backend, ingestion: IngestionResult, oracle: Oracle, run_folder: Path, evidence: Any
) -> None:
    recorded: dict[str, dict[int, str]] = {}
    for sheet, row, code, detail, cells in backend.rows(
        "SELECT sheet, excel_row, code, detail, cells FROM audit.rejected_rows WHERE run_id = :run",
        run=ingestion.run_id,
    ):
        assert detail and cells, f"{sheet} row {row}: a reject without detail or cells"
        assert not any("Nome" in header for header in cells if sheet == "Funcionarios"), f"{sheet} row {row} has a name"
        recorded.setdefault(sheet, {})[row] = code
    expected = {sheet: rejects for sheet, rejects in oracle.rejects().items() if rejects}
    by_code: dict[tuple[str, str], int] = {}
    for sheet, rejects in expected.items():
        for code in rejects.values():
            by_code[sheet, code] = by_code.get((sheet, code), 0) + 1
    evidence.table("rejects", ["sheet", "code", "rows"], [[*key, count] for key, count in sorted(by_code.items())])
    evidence.record("warnings", [one["detail"] for one in ingestion.warnings], source="ingest")
    expect_rejects(evidence, expected, recorded, "audit.rejected_rows")
    listed = first_listed(expected)
    expect_rejects(evidence, listed, in_excel(run_folder / "rejected_rows.xlsx"), "rejected_rows.xlsx")
    if listed != expected:
        expect_rejects(evidence, expected, in_csv(run_folder / "rejected_rows.csv"), "rejected_rows.csv")
    warned = sorted({one["sheet"] for one in ingestion.warnings})
    noticeable = sorted(
        sheet for sheet, rejects in expected.items() if is_noticeable(ingestion, sheet, rejects.values())
    )
    evidence.expect(warned, "sheets with a warning of their rejects", source="ingest").equals(noticeable)


def is_noticeable(ingestion: IngestionResult, sheet: str, codes: Iterable[str]) -> bool:
    """More than one row in a hundred is refused, repeats not counted: the run is published with a warning."""
    (rows,) = (one.rows_extracted for one in ingestion.sheets if one.sheet == sheet)
    return sum(code != "DUPLICATE_ROW" for code in codes) * 100 > rows


@pytest.mark.check("C9")
def test_run_id_and_sha256_trace_through_every_report(
    ingestion: IngestionResult, workbook: Path, run_folder: Path, subject: dict[str, Any], evidence: Any
) -> None:
    names = ("extraction_report", "load_report", "merge_report", "ingestion_report", "RELATIONSHIPS_REPORT")
    found: dict[str, tuple[object, object]] = {
        name: identity_in(run_folder / f"{name}.json") for name in (*names, "FEATURE_GATES")
    }
    book = openpyxl.load_workbook(run_folder / "rejected_rows.xlsx", read_only=True)
    summary = {row[0]: row[1] for row in book["Resumo"].iter_rows(max_row=8, values_only=True) if len(row) > 1}
    book.close()
    found["rejected_rows.xlsx"] = (summary.get("run_id"), summary.get("excel_sha256"))
    evidence.table("reports", ["report", "run_id", "excel_sha256"], [[name, *found[name]] for name in found])
    expected = (ingestion.run_id, subject["workbook"]["sha256"])
    foreign = [name for name, identity in found.items() if identity != expected]
    assert not foreign, f"{', '.join(foreign)}: of another run or workbook than {expected}"


def identity_in(report: Path) -> tuple[int, str]:
    record = json.loads(report.read_text(encoding="utf-8"))
    return record["run_id"], record["excel_sha256"]


@pytest.mark.check("C7")
def test_forced_rerun_is_identical_and_rollback_restores_the_run_before(
    pristine: Backend, ingestion: IngestionResult, workbook: Path, tmp_path: Path, evidence: Any
) -> None:
    gates = tmp_path / "FEATURE_GATES.json"
    with pristine.clone() as backend:
        before = snapshot_checksums(backend, ingestion.run_id)
        again = backend.ingest(workbook, force=True, gates_file=gates)
        forced = snapshot_checksums(backend, again.run_id)
        assert backend.live_run() == again.run_id != ingestion.run_id
        assert identity_in(gates)[0] == again.run_id
        backend.publish(ingestion.run_id, gates_file=gates)
        restored = snapshot_checksums(backend, ingestion.run_id)
        live = backend.live_run()
    rows = [[table, *before[table], forced[table][1]] for table in before]
    evidence.table("checksums", ["table", "rows", "first run", "forced run"], rows)
    expect_same_content(evidence, "the forced run differs from the first", before, forced)
    evidence.expect(again.identical_to_previous, "the forced run calls itself identical").equals(True)
    evidence.expect(live, "live run after the rollback", source="core.current_snapshot").equals(ingestion.run_id)
    expect_same_content(evidence, "after the rollback the first run differs", before, restored)
    told = identity_in(gates)[0]
    evidence.expect(told, "run in FEATURE_GATES.json after the rollback", source=gates.name).equals(ingestion.run_id)


def expect_same_content(
    evidence: Any, claim: str, before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]
) -> None:
    """Fail with the first table whose rows or checksum differ."""
    for table, (rows, checksum_before) in before.items():
        source = f"core.{table}"
        evidence.expect(after[table][0], f"{claim}: {table}", unit="rows", source=source).equals(rows)
        evidence.expect(after[table][1], f"{claim}: {table}, checksum", source=source).equals(checksum_before)
