"""Hidden and filtered rows are read like all others, and counted for the report."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from app.commands.tables import shown_profile
from app.contract import SHEET_BY_NAME
from app.ingestion.reading.extraction import Extracted
from app.ingestion.reading.readers import SheetEnd, prepared_sheets
from app.ingestion.reports.data_quality import cell_issues
from app.workbook.profile.profile_document import document_of
from app.workbook.profile.profiling import WorkbookProfile, profile_here
from app.workbook.scanning import sheet_stream
from app.workbook.typing import typed_chunks
from app.workbook.workbook_reading import open_workbook
from tests.corpus.base import PART_OF, base_parts
from tests.corpus.case import Case
from tests.corpus.reading import in_pieces
from tests.integration.ingestion.factory import ORDERS, factory, order, save
from tests.oracle.sheets import SHEETS


def read(path: Path) -> tuple[int, int]:
    """Rows and hidden rows of the orders."""
    with open_workbook(path) as workbook:
        rows = sum(len(chunk.excel_rows) for chunk in typed_chunks(workbook, SHEET_BY_NAME[ORDERS]))
        return rows, workbook.hidden_rows(ORDERS)


@pytest.mark.parametrize("hidden", [[], [2], [3, 4, 21], list(range(2, 22))])
def test_hidden_rows_are_read_and_counted(hidden: list[int], tmp_path: Path) -> None:
    book = openpyxl.load_workbook(save(tmp_path / "whole.xlsx", factory()))
    book[ORDERS].column_dimensions["B"].hidden = True
    for row in hidden:
        book[ORDERS].row_dimensions[row].hidden = True
    book.save(tmp_path / "export.xlsx")
    assert read(tmp_path / "export.xlsx") == (20, len(hidden))
    *_, profile = profile_here(tmp_path / "export.xlsx", 4096)
    assert isinstance(profile, WorkbookProfile)
    (orders,) = (sheet for sheet in document_of(profile)["sheets"] if sheet["sheet"] == ORDERS)
    assert orders["hidden"] == {"rows": len(hidden), "columns": ["Of_DataCriacao"]}
    shown = " ".join(str(part) for part in shown_profile(document_of(profile)))
    assert "columns Of_DataCriacao" in shown
    assert (f"{len(hidden)} rows; columns" in shown) == bool(hidden)


def test_no_hidden_row_is_lost_between_two_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = factory()
    rows[ORDERS] = [order(number) for number in range(90)]
    book = openpyxl.load_workbook(save(tmp_path / "whole.xlsx", rows))
    for row in range(2, 92):
        book[ORDERS].row_dimensions[row].hidden = True
    book.save(tmp_path / "export.xlsx")
    monkeypatch.setattr(sheet_stream, "BLOCK_BYTES", 77)
    with in_pieces(500):
        assert read(tmp_path / "export.xlsx") == (90, 90)


def test_what_is_hidden_is_an_issue_of_the_run() -> None:
    extracted = Extracted(ORDERS, hidden_rows=312, hidden_columns=("Of_DataCriacao", "Of_FaseId"))
    found = {issue.code: (issue.sheet, count, issue.words) for issue, count in cell_issues([extracted])}
    assert found == {
        "HIDDEN_ROWS": (ORDERS, 312, "hidden or filtered rows, read like all others"),
        "HIDDEN_COLUMNS": (ORDERS, 2, "hidden columns, read like all others: Of_DataCriacao, Of_FaseId"),
    }


def test_hidden_rows_are_counted_in_two_bytes_a_character(tmp_path: Path) -> None:
    xml = base_parts()[PART_OF["Fases"]].replace("UTF-8", "UTF-16").replace('<row r="5"', '<row hidden="1" r="5"')
    path = Case("Hidden", "UTF-16", parts={PART_OF["Fases"]: xml.encode("utf-16")}).write(tmp_path)
    (end,) = (one for one in prepared_sheets(path, ["Fases"], 50) if isinstance(one, SheetEnd))
    assert end.hidden_rows == 1


@pytest.mark.parametrize(
    ("columns", "hidden"),
    [
        ("", ()),
        ('<col min="3" max="3" hidden="1"/>', ("Fase_Sequencia",)),
        ('<col min="3" max="4" hidden="true"/>', ("Fase_Sequencia", "Fase_DeProducao")),
        ('<col min="3" max="3" hidden="0"/>', ()),
        ('<col min="6" max="16384" hidden="1"/>', ()),
        ('<col min="1" max="16384" width="9" hidden="1"/>', tuple(SHEETS["Fases"][1])),
    ],
)
def test_hidden_columns_come_with_the_sheet(columns: str, hidden: tuple[str, ...], tmp_path: Path) -> None:
    edit = ("Fases", "<sheetData>", f"<cols>{columns}</cols><sheetData>" if columns else "<sheetData>")
    told = list(prepared_sheets(Case("Hidden", columns, edits=(edit,)).write(tmp_path), ["Fases"], 50))
    (end,) = (one for one in told if isinstance(one, SheetEnd))
    assert end.hidden_columns == hidden
