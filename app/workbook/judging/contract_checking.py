"""Checks a workbook against the contract: sheets by name, columns by header, in any order; extra ones are tolerated."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.contract import SHEETS, Sheet
from app.workbook.column_letters import column_letters
from app.workbook.errors import FEW, WorkbookRefused, shortened
from app.workbook.judging.near_misses import header_row_of, near_misses

FEWEST_IN_ONE_CELL = 3
"""One header may hold another: FaseOf_CoeficienteX holds FaseOf_Coeficiente."""
LONGEST_CROWDED = 5_000
"""Most characters of a cell in which several headers are looked for."""


def require_sheets(workbook_name: str, sheet_names: Collection[str]) -> None:
    """Raises WorkbookRefused (MISSING_SHEET) unless the contract's sheets are among these."""
    missing = [sheet.name for sheet in SHEETS if sheet.name not in sheet_names]
    if missing:
        near = _several(near_misses(missing, sheet_names), "; ")
        remedy = f"{near}: name it as the ERP does" if near else "export every sheet from the ERP"
        raise WorkbookRefused(
            "MISSING_SHEET",
            f"{workbook_name} lacks the sheet{'s' if len(missing) > 1 else ''} {', '.join(missing)}: {remedy}.",
        )


def column_places(
    workbook_name: str, sheet: Sheet, headers: list[str], first_rows: Sequence[tuple[int, Sequence[object]]] = ()
) -> list[int]:
    """The place of each contract column among the headers, from 0, in the contract's order.

    first_rows: the rows after row 1 that were read, to report where the headers are instead. Raises WorkbookRefused:
    MISSING_HEADER (row 1 is empty), MISSING_COLUMN or DUPLICATE_COLUMN.
    """
    where = f"{workbook_name}, sheet {sheet.name}, row 1"
    missing = [column.header for column in sheet.columns if column.header not in headers]
    if missing:
        instead = header_row_of([(1, headers), *first_rows], [column.header for column in sheet.columns])
        if instead is not None:
            raise WorkbookRefused(
                "MISSING_HEADER",
                f"{where}: the headers stand in row {instead}: delete the rows above them, or export it again.",
            )
    if not any(headers):
        raise WorkbookRefused("MISSING_HEADER", f"{where}: there is no header row: the headers belong in row 1.")
    if (crowded := _crowded(headers, missing)) is not None:
        raise WorkbookRefused(
            "MISSING_COLUMN",
            f"{where}: the headers stand in one cell, {column_letters(crowded)}1: divide the column (in Excel: Data,"
            " Text to Columns), or export it from the ERP as .xlsx, not as CSV.",
        )
    if missing:
        near = _several(near_misses(missing, headers), "; ")
        remedy = f"{near}: name it as the ERP does" if near else "export it again with all"
        raise WorkbookRefused("MISSING_COLUMN", f"{where}: no column {', '.join(missing)}: {remedy}.")
    repeated = [column.header for column in sheet.columns if headers.count(column.header) > 1]
    if repeated:
        raise WorkbookRefused(
            "DUPLICATE_COLUMN", f"{where}: {_twice(repeated, headers)}; delete the one that is not meant."
        )
    return [headers.index(column.header) for column in sheet.columns]


def _crowded(headers: list[str], missing: list[str]) -> int | None:
    """The column, from 1, of a cell that holds several of the missing headers, as an opened CSV has them."""
    for place, text in enumerate(headers, 1):
        if len(text) <= LONGEST_CROWDED and sum(header in text for header in missing) >= FEWEST_IN_ONE_CELL:
            return place
    return None


def _twice(repeated: list[str], headers: list[str]) -> str:
    """The duplicated columns as text: `Of_Id stands in the columns A and C`; one of them may be hidden."""
    told = []
    for header in repeated:
        letters = [column_letters(number) for number, text in enumerate(headers, 1) if text == header]
        told.append(f"{header} stands in the columns {_several(letters, ' and ')}")
    return _several(told, "; ")


def _several(told: list[str], between: str) -> str:
    """The first name, and the number of the others."""
    more = [f"{len(told) - FEW} more"] if len(told) > FEW else []
    return between.join(told[:FEW] + more)


def extra_columns(sheet: Sheet, headers: list[str]) -> tuple[str, ...]:
    """Headers that the contract does not know, shortened; they are reported and not read."""
    known = {column.header for column in sheet.columns}
    return tuple(shortened(header) for header in headers if header and header not in known)
