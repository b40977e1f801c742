"""Does a workbook keep the contract? Sheets by name, columns by header, in any order; more than that is tolerated."""

from __future__ import annotations

from collections.abc import Collection

from app.workbook.contract import SHEETS, Sheet
from app.workbook.errors import WorkbookRefused
from app.workbook.reading import Workbook


def check_contract(workbook: Workbook) -> None:
    """Raises WorkbookRefused (MISSING_SHEET) naming every absent sheet; columns are checked as sheets are read."""
    require_sheets(workbook.path.name, workbook.sheet_names)


def require_sheets(workbook_name: str, sheet_names: Collection[str]) -> None:
    """Raises WorkbookRefused (MISSING_SHEET) unless the contract's sheets are among these."""
    missing = [sheet.name for sheet in SHEETS if sheet.name not in sheet_names]
    if missing:
        raise WorkbookRefused(
            "MISSING_SHEET",
            f"{workbook_name} lacks the sheet{'s' if len(missing) > 1 else ''} {', '.join(missing)}: "
            "export all nine sheets from the ERP.",
        )


def column_places(workbook_name: str, sheet: Sheet, headers: list[str]) -> list[int]:
    """Where each contract column stands among the headers, from 0, in the contract's order.

    Raises WorkbookRefused: MISSING_HEADER (row 1 is empty), MISSING_COLUMN or DUPLICATE_COLUMN.
    """
    where = f"{workbook_name}, sheet {sheet.name}, row 1"
    if not any(headers):
        raise WorkbookRefused("MISSING_HEADER", f"{where}: there is no header row: the headers belong in row 1.")
    missing = [column.header for column in sheet.columns if column.header not in headers]
    if missing:
        raise WorkbookRefused("MISSING_COLUMN", f"{where}: no column {', '.join(missing)}: export it again with all.")
    repeated = [column.header for column in sheet.columns if headers.count(column.header) > 1]
    if repeated:
        raise WorkbookRefused(
            "DUPLICATE_COLUMN", f"{where}: column {', '.join(repeated)} stands twice: it is unclear which one counts."
        )
    return [headers.index(column.header) for column in sheet.columns]


def extra_columns(sheet: Sheet, headers: list[str]) -> tuple[str, ...]:
    """Headers that the contract does not know; they are reported and not read."""
    known = {column.header for column in sheet.columns}
    return tuple(header for header in headers if header and header not in known)
