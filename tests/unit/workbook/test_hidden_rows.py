"""Hidden and filtered rows are read like all others, and counted so that somebody may be told."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from app.terminal import shown_profile
from app.workbook.contract import SHEET_BY_NAME
from app.workbook.profile.document import document_of
from app.workbook.profile.profiling import WorkbookProfile, profile_here
from app.workbook.reading import open_workbook
from app.workbook.sheet_stream import BLOCK_BYTES
from app.workbook.typing import typed_chunks
from tests.integration.ingestion.factory import ORDERS, factory, order, save


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


def test_no_hidden_row_is_lost_between_two_blocks(tmp_path: Path) -> None:
    rows = factory()
    rows[ORDERS] = [order(number) for number in range(9_000)]
    book = openpyxl.load_workbook(save(tmp_path / "whole.xlsx", rows))
    for row in range(2, 9_002):
        book[ORDERS].row_dimensions[row].hidden = True
    book.save(tmp_path / "export.xlsx")
    assert BLOCK_BYTES < 9_000 * 200
    assert read(tmp_path / "export.xlsx") == (9_000, 9_000)
