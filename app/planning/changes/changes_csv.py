"""The changed rows of two runs as lines of CSV, a line for each cell."""

from __future__ import annotations

from app.ingestion.reports.csv_text import BYTE_ORDER_MARK, csv_lines
from app.planning.changes.changed_rows import ChangedRow, Value

HEADERS = ("sheet", "change", "key", "column", "before", "after")


def csv_head() -> str:
    """The first line, after the byte order mark."""
    return BYTE_ORDER_MARK + csv_lines([HEADERS])


def cells_of(row: ChangedRow) -> list[tuple[Value, ...]]:
    """The row as one tuple for each of its cells; a row without cells gives one tuple without a column."""
    head = (row.sheet, row.change.value, "; ".join(f"{header}={part}" for header, part in row.key.items()))
    if not row.cells:
        return [(*head, None, None, None)]
    return [(*head, cell.column, cell.before, cell.after) for cell in row.cells]


def csv_of(rows: list[ChangedRow]) -> str:
    """The lines of these rows; null is written as an empty cell."""
    return csv_lines(tuple("" if one is None else one for one in cells) for row in rows for cells in cells_of(row))
