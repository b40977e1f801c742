"""Finds columns with many settled values changed since the live run.

A value is settled if it is recorded and, by the contract (`settled_by`), final. A truthful export changes few of the
settled values. Exchanged columns, shifted times, another unit, weights that became zero, permuted keys or another
factory's export change most of them, and the run is refused; in between it is published with a warning.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.contract import SHEET_BY_NAME, Column, Kind, Sheet
from app.contract.quality_issues import (
    CHANGED_WARNED_ABOVE_PERCENT,
    FEWEST_CHANGED,
    REVISABLE_WARNED_ABOVE_PERCENT,
)
from app.ingestion.sheets.comparison import Difference
from app.ingestion.tables.names import RunTables, key_columns
from app.workbook.showing import raw_text

FEWEST_ROWS = 20
"""A column with fewer settled values is not judged."""
MOMENTS = (Kind.DATETIME, Kind.DATE)
ALTERED_ABOVE_PERCENT, MOMENTS_ALTERED_ABOVE_PERCENT = 50, 25
"""The bound for dates is lower because an error of summer time changes only about half of them."""
RECORDS = ("OrdensFabrico", "FasesOrdemFabrico", "FuncionariosFaseOrdemFabrico")
"""Sheets of what happened. The other sheets with a key are catalogues."""
NOISE = "1e-6"
"""Numbers that differ by less, relatively, are equal: other programs write fewer digits."""
SMALLEST, LARGEST = "1e-290", "1e290"
"""Numbers beyond these are compared exactly: PostgreSQL refuses a difference or a product that no double can hold."""
LARGE_ROWS, SAMPLED = 50_000, 16
"""A sheet with more rows than LARGE_ROWS is sampled first: one key in SAMPLED is compared."""
FEW_OF_A_SAMPLE = 100
"""A sample with fewer settled values of a column clears it no more than none would: the column is counted exactly."""
LONGEST_VALUE = 40


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A column with many changed values.

    settled: settled values of the live run, in rows whose key stands in both runs. altered: how many of these have
    another value now. lost: how many are null now. excel_row: the first changed row. before, after: its values.
    """

    sheet: str
    header: str
    settled: int
    altered: int
    lost: int
    excel_row: int
    before: Any
    after: Any

    @property
    def is_implausible(self) -> bool:
        """True if the changed values are too many for a publication."""
        return is_rewritten(SHEET_BY_NAME[self.sheet].column(self.header), self.settled, self.altered + self.lost)

    @property
    def is_replaced(self) -> bool:
        """True if the altered values alone, without the lost ones, are too many."""
        return is_rewritten(SHEET_BY_NAME[self.sheet].column(self.header), self.settled, self.altered)

    @property
    def sentence(self) -> str:
        """The change in words. A person's name is never quoted."""
        column = SHEET_BY_NAME[self.sheet].column(self.header)
        before, after = (
            ("a name", "another") if column.personal else (shown_value(self.before), shown_value(self.after))
        )
        return (
            f"{self.sheet}, {self.header}, row {self.excel_row}: {before} in the live run, {after} now;"
            f" {self.altered + self.lost:,} of {self.settled:,} values differ"
        )


def is_rewritten(column: Column, settled: int, changed: int) -> bool:
    """True if more settled values changed than a truthful export changes."""
    percent = MOMENTS_ALTERED_ABOVE_PERCENT if column.kind in MOMENTS else ALTERED_ABOVE_PERCENT
    return settled >= FEWEST_ROWS and changed * 100 > settled * percent


def is_noticed(sheet: Sheet, column: Column, settled: int, changed: int) -> bool:
    """True if enough settled values changed for a warning, or for more than that."""
    return settled >= FEWEST_ROWS and changed >= FEWEST_CHANGED and changed * 100 > settled * _percent(sheet, column)


def _percent(sheet: Sheet, column: Column) -> int:
    revisable = sheet.name not in RECORDS or bool(column.settled_by)
    return REVISABLE_WARNED_ABOVE_PERCENT if revisable else CHANGED_WARNED_ABOVE_PERCENT


def rewritten_columns(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None, difference: Difference
) -> list[Rewritten]:
    """Find the columns of a merged sheet to warn of, or to refuse. Needs the sheet's staging table."""
    if live_run_id is None or not sheet.key or difference.updated < FEWEST_CHANGED:
        return []
    classes = list(_classes(sheet))
    if difference.updated + difference.unchanged > LARGE_ROWS:
        sample = _counted(connection, classes, _compared(sheet, tables, live_run_id, SAMPLED))
        classes = [
            (column, condition)
            for (column, condition), (settled, altered, lost) in zip(classes, sample, strict=True)
            if _may_be_noticed(sheet, column, settled, altered + lost)
        ]
        if not classes:
            return []
    compared = _compared(sheet, tables, live_run_id)
    found: dict[str, Rewritten] = {}
    any_settled = " OR ".join(f"({condition})" for _, condition in classes)
    counts = _counted(connection, classes, f"{compared} WHERE {any_settled}")
    for (column, condition), (settled, altered, lost) in zip(classes, counts, strict=True):
        if column.header not in found and is_noticed(sheet, column, settled, altered + lost):
            if column.is_position and not _are_moved(connection, compared, column, settled):
                continue
            first = _first(connection, f"{compared} {_staged(sheet, tables)}", column, condition)
            found[column.header] = Rewritten(sheet.name, column.header, settled, altered, lost, *first)
    return list(found.values())


def _are_moved(connection: sa.Connection, compared: str, column: Column, settled: int) -> bool:
    """True if so many rows have another place among the others that it is noticed; other numbers alone are none."""
    name = column.name
    moved: int = connection.exec_driver_sql(
        f"SELECT count(*) FROM (SELECT rank() OVER (ORDER BY live.{name}) AS before,"
        f" rank() OVER (ORDER BY mine.{name}) AS now FROM {compared}) AS placed WHERE before <> now"
    ).scalar_one()
    return moved * 100 > settled * REVISABLE_WARNED_ABOVE_PERCENT


def _may_be_noticed(sheet: Sheet, column: Column, settled: int, changed: int) -> bool:
    """True unless the sample shows that too few values of the column have changed to be noticed."""
    return settled < FEW_OF_A_SAMPLE or 2 * changed * 100 > settled * _percent(sheet, column)


def _counted(
    connection: sa.Connection, classes: Sequence[tuple[Column, str]], compared: str
) -> list[tuple[int, int, int]]:
    """Count the settled, altered and lost values of each class."""
    counts = ", ".join(
        f"count(*) FILTER (WHERE {settled}), count(*) FILTER (WHERE {settled} AND {_differs(column)}),"
        f" count(*) FILTER (WHERE {settled} AND mine.{column.name} IS NULL)"
        for column, settled in classes
    )
    row = connection.exec_driver_sql(f"SELECT {counts} FROM {compared}").one()
    return [(row[place], row[place + 1], row[place + 2]) for place in range(0, 3 * len(classes), 3)]


def _classes(sheet: Sheet) -> Iterator[tuple[Column, str]]:
    """Yield each column with the SQL condition of its settled values. The two values of a flag are separate classes. A
    number 0 is no settled value: it means that nothing was recorded."""
    for column in sheet.columns:
        name = f"live.{column.name}"
        settled = f"{name} IS NOT NULL"
        if column.header in sheet.key:
            continue
        if column.settled_by:
            settled = f"{settled} AND live.{sheet.column(column.settled_by).name} IS NOT NULL"
        if column.kind is Kind.NUMBER:
            yield column, f"{settled} AND {name} <> 0"
        elif column.kind is Kind.FLAG:
            yield column, f"{settled} AND {name}"
            yield column, f"{settled} AND NOT {name}"
        else:
            yield column, settled


def _differs(column: Column) -> str:
    """SQL condition: this run has another value, which is not null."""
    mine, live = f"mine.{column.name}", f"live.{column.name}"
    if column.kind is Kind.NUMBER:
        usual = f"abs({live}) BETWEEN {SMALLEST} AND {LARGEST} AND abs({mine}) < {LARGEST}"
        return f"CASE WHEN {usual} THEN abs({mine} - {live}) > {NOISE} * abs({live}) ELSE {mine} <> {live} END"
    if column.kind is Kind.DATETIME:
        return f"({mine} >= {live} + interval '1 second' OR {mine} <= {live} - interval '1 second')"
    return f"{mine} <> {live}"


def _compared(sheet: Sheet, tables: RunTables, live_run_id: int, one_in: int = 1) -> str:
    """Join of both runs' rows by key; `one_in`: compare one key in this many."""
    keys = key_columns(sheet)
    same = " AND ".join(f"mine.{name} = live.{name}" for name in keys)
    sampled = f" AND mod(hashint8({keys[0]}), {one_in:d}) = 0" if one_in > 1 else ""
    return (
        f"(SELECT * FROM {tables.partition(sheet)} WHERE run_id = {tables.run_id:d}{sampled}) AS mine"
        f" JOIN (SELECT * FROM core.{sheet.table} WHERE run_id = {live_run_id:d}{sampled}) AS live ON {same}"
    )


def _staged(sheet: Sheet, tables: RunTables) -> str:
    same = " AND ".join(f"mine.{name} = staged.{name}" for name in key_columns(sheet))
    return f"JOIN {tables.staging(sheet)} AS staged ON staged.reject_code IS NULL AND {same}"


def _first(connection: sa.Connection, compared: str, column: Column, settled: str) -> Sequence[Any]:
    name = column.name
    return connection.exec_driver_sql(
        f"SELECT staged.excel_row, live.{name}, mine.{name} FROM {compared}"
        f" WHERE {settled} AND (mine.{name} IS NULL OR {_differs(column)}) ORDER BY staged.excel_row LIMIT 1"
    ).one()


def shown_value(value: Any) -> str:
    """The value in words; a long text is cut."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    text = raw_text(value)
    if isinstance(value, str):
        return repr(text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…")
    return text
