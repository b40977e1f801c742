"""The reports: bound to their run, whole or absent, without a name of a person, and safe to open."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from app.contract import SHEETS
from app.features.gates_document import read
from app.ingestion.errors import IngestionFailed, ShrinkRefused
from app.ingestion.reports import rejected_workbook
from app.ingestion.reports.csv_text import FORMULA_STARTS
from app.ingestion.reports.rejected_csv import write_rejected_csv
from app.ingestion.reports.rejected_words import CORRECT, SUMMARY
from app.ingestion.reports.rejected_workbook import write_rejected_rows
from app.ingestion.reports.report_folder import REJECTED_CSV, REJECTED_ROWS
from app.ingestion.run_result import IngestionResult
from app.ingestion.runs.plant import working_on
from tests.integration.ingestion.conftest import NewPlant, Plant
from tests.integration.ingestion.factory import (
    CATALOGUE,
    EMPLOYEES,
    ORDERS,
    PEOPLE,
    Rows,
    factory,
)
from tests.integration.read_here import ingested_here

pytestmark = pytest.mark.usefixtures("read_here")

JSON_REPORTS = (
    "extraction_report.json",
    "load_report.json",
    "merge_report.json",
    "ingestion_report.json",
    "RELATIONSHIPS_REPORT.json",
    "FEATURE_GATES.json",
)
FORMULA = '=HYPERLINK("http://example.org","open me")'
HOSTILE = [FORMULA, "+1+1", "-1", "@SUM(A1)", "plain\ttext"]


@dataclass(frozen=True)
class Reported:
    """A plant's only run, and the folder of its reports."""

    plant: Plant
    result: IngestionResult
    folder: Path


@pytest.fixture(scope="module")
def reported(new_plant: NewPlant) -> Iterator[Reported]:
    """A published run whose rejects have each code, names of people, and texts that Excel would take for formulas.

    Its tests only read it.
    """
    rows = factory()
    rows[EMPLOYEES] += [[1, PEOPLE[0], 1], [2, PEOPLE[1], "sim"], [3, PEOPLE[2] + "?", 1], [9, "Nova Pessoa", 7]]
    rows[CATALOGUE] += [[None, text, 1, 1, 0] for text in HOSTILE]
    del rows[ORDERS][19]
    with new_plant() as plant:
        folder = plant.folder / "reports"
        with ingested_here():
            result = plant.ingest(
                rows,
                reports_dir=folder,
                gates_file=plant.folder / "live.json",
                allow_shrink=True,
                allow_rejects=True,
            )
        yield Reported(plant, result, folder)


def test_every_report_names_the_run_and_the_workbook(reported: Reported) -> None:
    result, folder = reported.result, reported.folder
    assert {path.name for path in folder.iterdir()} == {*JSON_REPORTS, "rejected_rows.xlsx"}
    for name in JSON_REPORTS:
        report = json.loads((folder / name).read_text(encoding="utf-8"))
        assert (report["run_id"], report["excel_sha256"]) == (result.run_id, result.excel_sha256), name


def test_the_ingestion_report_is_the_result(reported: Reported) -> None:
    result, folder = reported.result, reported.folder
    report = json.loads((folder / "ingestion_report.json").read_text(encoding="utf-8"))
    expected = result.as_dict()
    assert report["sheets"] == expected["sheets"]
    assert report["status"] == "PUBLISHED"
    assert set(report["phases_s"]) == {
        "extract",
        "load",
        "merge",
        "match rates",
        "index",
        "compare",
        "facts",
        "aggregates",
        "validate",
    }


def test_each_sheet_is_identified_by_its_own_bytes(plant: Plant) -> None:
    workbook, folder = plant.workbook(factory()), plant.folder / "reports"
    first = plant.ingest_file(workbook, reports_dir=folder)
    with zipfile.ZipFile(workbook) as package:
        expected = {
            sheet.name: hashlib.sha256(package.read(f"xl/worksheets/sheet{place}.xml")).hexdigest()
            for place, sheet in enumerate(SHEETS, start=1)
        }
    assert {sheet.sheet: sheet.sheet_sha256 for sheet in first.sheets} == expected
    for name in ("ingestion_report.json", "extraction_report.json"):
        report = json.loads((folder / name).read_text(encoding="utf-8"))
        assert {sheet["sheet"]: sheet["sheet_sha256"] for sheet in report["sheets"]} == expected
    assert dict(map(tuple, plant.rows("SELECT sheet, sheet_sha256 FROM audit.ingestion_sheets"))) == expected
    assert plant.ingest_file(workbook).sheets == tuple(replace(sheet, live_rows=0) for sheet in first.sheets)


def test_the_gates_files_are_valid_and_of_this_run(reported: Reported) -> None:
    result, folder = reported.result, reported.folder
    for path in (folder / "FEATURE_GATES.json", reported.plant.folder / "live.json"):
        document = read(path)
        assert (document.run_id, document.excel_sha256) == (result.run_id, result.excel_sha256)
    stored = reported.plant.rows("SELECT gate, status FROM audit.feature_gates")
    assert dict(map(tuple, stored)) == {name: one.status.value for name, one in document.judgements.items()}


def test_no_report_and_no_audit_row_holds_a_name(reported: Reported) -> None:
    folder = reported.folder
    kept = [path.read_text(encoding="utf-8") for path in folder.glob("*.json")]
    book = openpyxl.load_workbook(folder / "rejected_rows.xlsx")
    kept += [str(cell.value) for page in book for row in page.iter_rows() for cell in row]
    for table in ("rejected_rows", "relationships", "data_quality_issues", "ingestion_runs", "ingestion_sheets"):
        kept += [str(row) for row in reported.plant.rows(f"SELECT t::text FROM audit.{table} AS t")]
    everything = "\n".join(kept)
    for name in (*PEOPLE, "Nova Pessoa"):
        for part in name.split():
            assert part == "z)" or part not in everything


def test_refused_rows_are_listed_sheet_by_sheet(reported: Reported) -> None:
    result, folder = reported.result, reported.folder
    book = openpyxl.load_workbook(folder / "rejected_rows.xlsx")
    expected = {one.sheet: one.rows_rejected for one in result.sheets if one.rows_rejected}
    assert book.sheetnames == [SUMMARY, CORRECT, *expected]
    assert {sheet: book[sheet].max_row - 1 for sheet in expected} == expected
    listed = {(name, row[0].value, row[1].value) for name in expected for row in book[name].iter_rows(min_row=2)}
    recorded = reported.plant.rows("SELECT sheet, excel_row, code FROM audit.rejected_rows")
    assert listed == set(map(tuple, recorded))
    assert [cell.value for cell in book[EMPLOYEES][1]] == [
        "Linha do Excel",
        "Código",
        "Motivo",
        "Tipo",
        "Funcionario_Id",
        "Funcionario_Activo",
    ]
    assert result.run_id in {cell.value for cell in book[SUMMARY]["B"]}


def test_workbook_lists_so_many_rows_and_the_csv_all(reported: Reported, tmp_path: Path) -> None:
    result = reported.result
    total = sum(one.rows_rejected for one in result.sheets)
    path, most = tmp_path / "few.xlsx", total - 2
    with reported.plant.connection() as connection:
        left_out = write_rejected_rows(
            lambda statement, wanted: connection.execute(statement, wanted).all(),
            path,
            run_id=result.run_id,
            excel_sha256="",
            most=most,
        )
        write_rejected_csv(connection, tmp_path / "all.csv", result.run_id)
    book = openpyxl.load_workbook(path)
    assert (left_out, sum(page.max_row - 1 for page in book if page.title not in (SUMMARY, CORRECT))) == (2, most)
    assert str(list(book[SUMMARY].values)[-1][0]).startswith(f"São listadas aqui as primeiras {most} de {total} linhas")
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    recorded = reported.plant.rows("SELECT sheet, excel_row, code FROM audit.rejected_rows")
    assert {(line["Sheet"], int(line["Excel row"]), line["Code"]) for line in lines} == set(map(tuple, recorded))
    names = [line["Fase_Nome"] for line in lines if line["Sheet"] == CATALOGUE]
    assert names == [f"'{text}" if text.startswith(FORMULA_STARTS) else text for text in HOSTILE]


@pytest.mark.parametrize("page_rows", [1, 2])
def test_every_page_of_refused_rows_is_listed(
    reported: Reported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_rows: int
) -> None:
    result, folder = reported.result, reported.folder
    monkeypatch.setattr(rejected_workbook, "PAGE_ROWS", page_rows)
    with reported.plant.connection() as connection:
        write_rejected_rows(
            lambda statement, wanted: connection.execute(statement, wanted).all(),
            tmp_path / "paged.xlsx",
            run_id=result.run_id,
            excel_sha256=result.excel_sha256,
        )
    paged, whole = (openpyxl.load_workbook(path) for path in (tmp_path / "paged.xlsx", folder / REJECTED_ROWS))
    assert [list(page.values) for page in paged] == [list(page.values) for page in whole]


def test_rows_that_go_while_they_are_read_are_not_called_whole(reported: Reported, tmp_path: Path) -> None:
    result = reported.result

    def read(statement: sa.Select[Any], wanted: Mapping[str, object]) -> Sequence[Any]:
        return [] if statement is rejected_workbook.PAGE else connection.execute(statement, wanted).all()

    with reported.plant.connection() as connection, pytest.raises(rejected_workbook.RejectsGone):
        write_rejected_rows(read, tmp_path / "gone.xlsx", run_id=result.run_id, excel_sha256="")
    assert not (tmp_path / "gone.xlsx").exists()


def test_another_run_may_begin_while_the_refused_rows_are_listed(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    live: list[int | None] = []

    def listing(*given: Any, **named: Any) -> int:
        with working_on(plant.url, "main", plant.roles):
            live.append(plant.live())
        return write_rejected_rows(*given, **named)

    monkeypatch.setattr(rejected_workbook, "write_rejected_rows", listing)
    folder = plant.folder / "reports"
    folder.mkdir()
    (folder / REJECTED_CSV).write_text("of an earlier run", encoding="utf-8")
    result = plant.ingest(factory(), reports_dir=folder)
    with pytest.raises(ShrinkRefused):
        plant.ingest(changed_orders(), reports_dir=folder)
    assert live == [result.run_id, result.run_id]
    assert {path.name for path in folder.iterdir()} == {*JSON_REPORTS, REJECTED_ROWS}


def changed_orders() -> Rows:
    rows = factory()
    del rows[ORDERS][5:]
    return rows


def test_a_failure_to_list_the_refused_rows_does_not_hide_that_the_run_is_live(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listing(*given: Any, **named: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(rejected_workbook, "write_rejected_rows", listing)
    folder = plant.folder / "reports"
    with pytest.raises(IngestionFailed, match=r"is live, but what follows failed: .*No space left"):
        plant.ingest(factory(), reports_dir=folder)
    assert plant.statuses() == {plant.live(): "PUBLISHED"}
    assert {path.name for path in folder.iterdir()} == set(JSON_REPORTS)


def test_hostile_texts_stay_texts(reported: Reported) -> None:
    folder = reported.folder
    page = openpyxl.load_workbook(folder / "rejected_rows.xlsx")[CATALOGUE]
    (column,) = (cell.column for cell in page[1] if cell.value == "Fase_Nome")
    cells = [page.cell(row, column) for row in range(2, page.max_row + 1)]
    assert [cell.value for cell in cells] == HOSTILE
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells] == [True, True, True, True, False]
