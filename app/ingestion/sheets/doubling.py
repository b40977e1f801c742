"""Finds a sheet whose rows stand there again under new keys.

Compared are the values outside the key. A first load is judged by the contents that several keys have, a later one by
its new rows: how many of them have the content of a row of the live run. A later load that hardly grows is not looked
at. Only sheets with a key of one column are judged: in the others the key is nearly the whole row.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import Sheet
from app.contract.quality_issues import DOUBLED_WARNED_ABOVE_PERCENT, GROWN_ABOVE_PERCENT
from app.ingestion.sheets.comparison import Difference
from app.ingestion.tables.names import RunTables, content_columns, key_columns

FEWEST_ROWS = 20
LARGE_ROWS, SAMPLED = 50_000, 16
"""A first load with more rows is sampled: one row in SAMPLED, chosen by the first column outside the key."""


@dataclass(frozen=True, slots=True)
class Doubled:
    """A sheet with many rows under new keys. rows: compared ones. doubled: how many of them repeat others."""

    sheet: str
    rows: int
    doubled: int
    is_first_load: bool

    @property
    def sentence(self) -> str:
        """The repetition in words."""
        if self.is_first_load:
            return f"{self.sheet}: {self.doubled:,} of {self.rows:,} contents looked at stand under several keys"
        return (
            f"{self.sheet}: {self.doubled:,} of {self.rows:,} new rows have the content of a row that was there before"
        )


def doubled_rows(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None, difference: Difference
) -> Doubled | None:
    """Judge a merged sheet. None if its rows do not repeat."""
    if len(sheet.key) != 1:
        return None
    is_first = live_run_id is None or not difference.live_rows
    if live_run_id is None or not difference.live_rows:
        statement = _of_a_first_load(sheet, tables, difference.inserted)
    elif difference.inserted * 100 > difference.live_rows * GROWN_ABOVE_PERCENT:
        statement = _of_new_rows(sheet, tables, live_run_id)
    else:
        return None
    rows, doubled = connection.exec_driver_sql(statement).one()
    if rows < FEWEST_ROWS or doubled * 100 <= rows * DOUBLED_WARNED_ABOVE_PERCENT:
        return None
    return Doubled(sheet.name, rows, doubled, is_first)


def _content(sheet: Sheet) -> str:
    keys = key_columns(sheet)
    names = [name for name in content_columns(sheet) if name not in keys]
    return f"hash_record_extended(ROW({', '.join(names)}), 0)"


def _of_a_first_load(sheet: Sheet, tables: RunTables, rows: int) -> str:
    first = next(name for name in content_columns(sheet) if name not in key_columns(sheet))
    sample = f" WHERE mod(hash_record_extended(ROW({first}), 0), {SAMPLED:d}) = 0" if rows > LARGE_ROWS else ""
    return (
        "SELECT count(*), count(*) FILTER (WHERE keys > 1) FROM (SELECT count(*) AS keys FROM"
        f" (SELECT {_content(sheet)} AS content FROM {tables.partition(sheet)}{sample}) AS contents"
        " GROUP BY content) AS counted"
    )


def _of_new_rows(sheet: Sheet, tables: RunTables, live_run_id: int) -> str:
    (key,) = key_columns(sheet)
    live = f"core.{sheet.table} AS live WHERE live.run_id = {live_run_id:d}"
    return (
        f"WITH new AS (SELECT {_content(sheet)} AS content FROM {tables.partition(sheet)} AS mine"
        f" WHERE NOT EXISTS (SELECT FROM {live} AND live.{key} = mine.{key})),"
        f" before AS (SELECT DISTINCT {_content(sheet)} AS content FROM {live})"
        " SELECT count(*), count(before.content) FROM new LEFT JOIN before USING (content)"
    )
