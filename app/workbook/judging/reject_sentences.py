"""Sentences about refused rows: the fault, its column, the first row, and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.contract import SHEET_BY_NAME, Column, Kind, Sheet
from app.workbook.judging.column_faults import ColumnFault
from app.workbook.judging.reject_limits import (
    CONFLICT,
    ORPHAN,
    SheetRejects,
    commonest,
    news_are_refused,
    open_are_refused,
    whole_columns,
)
from app.workbook.showing import DATE, DURATION, ERROR, FORMULA, HEADER, NULL, NUMBER, TEXT

CALCULATE = "open it in Excel, let it calculate, save it and take that file"
TYPES = {
    Kind.DATETIME: "a date",
    Kind.DATE: "a date",
    Kind.INT: "a number",
    Kind.NUMBER: "a number",
    Kind.FLAG: "a number",
    Kind.TEXT: "text",
}


def advice(column: Column, fault: ColumnFault) -> str:
    """The remedy of a fault, for the data owner."""
    if fault.found == FORMULA:
        return CALCULATE
    if fault.found == HEADER:
        return "delete the rows that repeat the headers and export again"
    if fault.found == ERROR:
        return "mend the formula behind the error and export again"
    if fault.found == NULL:
        return f"{'write NULL where it has no value' if column.nullable else 'give it its values'} and export again"
    if column.kind in (Kind.DATETIME, Kind.DATE) and fault.found == DURATION:
        return "format the column as a date, give a time alone its day, and export again"
    if fault.code == "OUT_OF_RANGE" or (column.kind in (Kind.INT, Kind.FLAG) and fault.found == NUMBER):
        return "correct the values and export again"
    if column.kind is Kind.DATE and fault.found == DATE:
        return "export the dates without times of day"
    if column.kind in (Kind.DATETIME, Kind.DATE) and fault.found == TEXT:
        return "turn the texts into dates (in Excel: Data, Text to Columns, Date) and export again"
    if column.kind in (Kind.INT, Kind.NUMBER, Kind.FLAG) and fault.found == TEXT:
        return "turn the texts into numbers (in Excel: Data, Text to Columns) and export again"
    return f"format the column as {TYPES[column.kind]} and export again"


def key_in_words(sheet: Sheet, values: Iterable[Any]) -> str:
    """A key as text: `MaquinaId 7, FaseId 12`."""
    return ", ".join(f"{header} {value}" for header, value in zip(sheet.key, values, strict=True))


def fault_sentence(sheet: str, rows: int, fault: ColumnFault) -> str:
    """A column's fault as text, such as:

    `Of_DataCriacao, row 2: 45067 is a number, not a date; 274 of 274 rows; format the column … and export again`.
    """
    column = SHEET_BY_NAME[sheet].column(fault.header)
    where = f"{fault.header}, row {fault.excel_row}"
    return f"{where}: {fault.said}; {fault.cells:,} of {rows:,} rows; {advice(column, fault)}"


def reject_sentences(rejects: SheetRejects) -> list[str]:
    """Sentences on why the sheet's rows are refused: its faulty columns, else the number of rows and the reason."""
    spoilt = [
        f"{rejects.sheet}: {fault_sentence(rejects.sheet, rejects.rows, fault)}" for fault in whole_columns(rejects)
    ]
    if spoilt:
        return spoilt
    of_rows = [*_of_open(rejects), *_of_news(rejects)]
    reasons = [*_of_cells(rejects), *_of_parents(rejects), *_of_conflicts(rejects), *of_rows]
    return [f"{rejects.sheet}: {rejects.lost:,} of {rejects.rows:,} rows are refused: {'; '.join(reasons)}"]


def _of_cells(rejects: SheetRejects) -> list[str]:
    fault = commonest(rejects)
    return [] if fault is None else [fault_sentence(rejects.sheet, rejects.rows, fault)]


def _of_parents(rejects: SheetRejects) -> list[str]:
    orphans = rejects.by_code.get(ORPHAN, 0)
    if not orphans:
        return []
    refused = rejects.orphans_of_refused
    why = {orphans: "was refused", 0: "is not in the workbook"}.get(
        refused, f"was refused ({refused:,}) or is not in the workbook ({orphans - refused:,})"
    )
    parents = f"{rejects.orphaned_parents:,} of {rejects.parents:,} orders"
    return [f"{_rows(orphans, rejects.first_rows.get(ORPHAN, 0))}, because their order {why} ({parents})"]


def _of_conflicts(rejects: SheetRejects) -> list[str]:
    conflicts = rejects.by_code.get(CONFLICT, 0)
    if not conflicts:
        return []
    plural = "" if rejects.conflicting_key_rows == 1 else "s"
    rows = _rows(conflicts, rejects.first_rows.get(CONFLICT, 0))
    often = (
        f" ({rejects.conflicting_key}: {rejects.conflicting_key_rows:,} row{plural})" if rejects.conflicting_key else ""
    )
    several = f"; {rejects.conflicting_keys:,} keys have several versions" if rejects.conflicting_keys > 1 else ""
    return [f"{rows}, for a key that another row has with other content{often}{several}"]


def _rows(count: int, first: int) -> str:
    return f"{count:,} rows, from row {first}" if count > 1 else f"row {first}"


def _of_open(rejects: SheetRejects) -> list[str]:
    if not open_are_refused(rejects):
        return []
    return [f"{rejects.open_refused:,} of the {rejects.open_rows:,} open rows are among them"]


def _of_news(rejects: SheetRejects) -> list[str]:
    if not news_are_refused(rejects):
        return []
    new = rejects.inserted + rejects.new_refused
    return [f"{rejects.new_refused:,} of the {new:,} rows that are new since the live run are among them"]
