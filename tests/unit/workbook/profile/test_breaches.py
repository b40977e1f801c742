"""A workbook that breaks the contract is profiled as far as it goes; what cannot be read at all is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.contract import SHEET_BY_NAME, SHEETS
from app.workbook.errors import WorkbookRefused
from app.workbook.profile.dictionary import dictionary_text
from app.workbook.profile.profile_document import document_of
from app.workbook.workbook_reading import Workbook
from app.workbook.writing import write_workbook
from tests.integration.ingestion.factory import ERRORS, ORDERS, PHASES, PRODUCTS, factory, save
from tests.unit.workbook.profile.in_process import profile_workbook


def headers(sheet: str) -> list[str]:
    return [column.header for column in SHEET_BY_NAME[sheet].columns]


def profiled(path: Path) -> dict[str, Any]:
    return document_of(profile_workbook(path))


def renamed(path: Path, changes: dict[str, dict[str, str]]) -> Path:
    """The factory's workbook with other headers: sheet → header → the text in its place."""
    rows = factory()
    texts = {sheet: [change.get(header, header) for header in headers(sheet)] for sheet, change in changes.items()}
    write_workbook(path, rows, headers=texts)
    return path


def without_sheets(path: Path, *names: str) -> Path:
    book = openpyxl.load_workbook(save(path, factory()))
    for name in names:
        del book[name]
    book.save(path)
    return path


def missing_of(document: dict[str, Any]) -> dict[str, str]:
    return {fault["code"]: fault["missing"] for fault in document["faults"] if fault["missing"]}


def test_sheet_that_is_missing_is_listed_and_the_others_are_profiled(tmp_path: Path) -> None:
    document = profiled(without_sheets(tmp_path / "w.xlsx", PRODUCTS, ORDERS))
    assert document["breaches"] == [
        {"code": "MISSING_SHEET", "sheet": ORDERS, "columns": [], "instead": None},
        {"code": "MISSING_SHEET", "sheet": PRODUCTS, "columns": [], "instead": None},
    ]
    assert [sheet["sheet"] for sheet in document["sheets"]] == [
        s.name for s in SHEETS if s.name not in (ORDERS, PRODUCTS)
    ]
    phases = document["sheets"][0]
    assert (phases["rows"], phases["rows_refused"]["ORPHAN_PARENT"]) == (40, 0)
    references = {entry["relationship"]: entry for entry in document["relationships"]}
    assert references["FaseOf_OfId → Of_Id"]["missing"] == ORDERS
    assert references["FaseOf_OfId → Of_Id"]["rows"]["match_rate"] is None
    assert references["FaseOf_FaseId → Fase_Id"]["rows"]["matched"] == 40
    missing = missing_of(document)
    assert missing["PHASE_NEVER_OF_AN_ORDER"] == missing["OPEN_PHASE_OF_COMPLETED_ORDER"] == ORDERS
    assert "PHASE_NOT_FINISHED" not in missing
    assert document["as_of"] is not None


def test_columns_that_are_missing_or_double_are_listed_and_the_others_are_profiled(tmp_path: Path) -> None:
    changes = {ORDERS: {"Of_DataAcabamento": "Of_Fim"}, PHASES: {"FaseOf_Turno": "FaseOf_Peso", "FaseOf_Id": "Id"}}
    document = profiled(renamed(tmp_path / "w.xlsx", changes))
    assert document["breaches"] == [
        {"code": "MISSING_COLUMN", "sheet": ORDERS, "columns": ["Of_DataAcabamento"], "instead": None},
        {"code": "MISSING_COLUMN", "sheet": PHASES, "columns": ["FaseOf_Id", "FaseOf_Turno"], "instead": None},
        {"code": "DUPLICATE_COLUMN", "sheet": PHASES, "columns": ["FaseOf_Peso"], "instead": None},
    ]
    orders, phases = document["sheets"][:2]
    assert [column["header"] for column in orders["columns"]] == [h for h in headers(ORDERS) if "Acabamento" not in h]
    assert orders["extra_columns"] == {"count": 1, "headers": ["Of_Fim"]}
    assert (orders["rows"], orders["key"]["is_unique"]) == (20, True)
    assert phases["key"] == {"columns": ["FaseOf_Id"], "is_unique": None}
    missing = missing_of(document)
    assert missing["ORDER_NOT_COMPLETED"] == f"{ORDERS}.Of_DataAcabamento"
    assert missing["ZERO_WEIGHT"] == f"{PHASES}.FaseOf_Peso"
    assert "ORDER_WITHOUT_TRANSPORT" not in missing
    text = dictionary_text(document)
    assert f"- Sheet {ORDERS} lacks the column Of_DataAcabamento: export it with all." in text
    assert f"| not counted: {PHASES}.FaseOf_Peso is missing |" in text


def test_sheet_without_header_row_is_listed(tmp_path: Path) -> None:
    path = save(tmp_path / "w.xlsx", factory())
    book = openpyxl.load_workbook(path)
    for cell in book[ERRORS][1]:
        cell.value = None
    book.save(path)
    document = profiled(path)
    assert document["breaches"] == [{"code": "MISSING_HEADER", "sheet": ERRORS, "columns": [], "instead": None}]
    assert ERRORS not in {sheet["sheet"] for sheet in document["sheets"]}


def test_any_other_workbook_has_every_sheet_missing(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    book = openpyxl.Workbook()
    book.save(path)
    document = profiled(path)
    assert {breach["sheet"] for breach in document["breaches"]} == {sheet.name for sheet in SHEETS}
    assert (document["rows"], document["sheets"], document["as_of"]) == (0, [], None)
    assert document["extra_sheets"] == ["Sheet"]


def test_empty_sheets_have_a_profile_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    write_workbook(path, {})
    document = profiled(path)
    assert (document["rows"], document["breaches"], len(document["sheets"])) == (0, [], len(SHEETS))
    assert {sheet["key"]["is_unique"] for sheet in document["sheets"]} == {None}
    assert {column["null_rate"] for sheet in document["sheets"] for column in sheet["columns"]} == {None}
    assert {fault["count"] for fault in document["faults"]} == {0}


@pytest.mark.parametrize(
    ("content", "code"), [(b"PK\x03\x04 no zip", "DAMAGED"), (b"text", "NOT_XLSX"), (None, "NOT_FOUND")]
)
def test_file_that_is_no_workbook_is_refused(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "w.xlsx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WorkbookRefused) as refused:
        profile_workbook(path)
    assert refused.value.code == code


def test_each_sheet_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    walk = Workbook._walk

    def counted(workbook: Workbook, name: str, *how: Any) -> Any:
        read.append(name)
        return walk(workbook, name, *how)

    monkeypatch.setattr(Workbook, "_walk", counted)
    profile_workbook(save(tmp_path / "w.xlsx", factory()))
    assert read == [sheet.name for sheet in SHEETS]
