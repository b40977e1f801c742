"""Compares a run with the live snapshot: by key, and by every column, regardless of order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import SHEETS, Column, Kind, Sheet
from app.ingestion.tables.names import RunTables, content_columns, key_columns, listed

LEFT_OF_A_COLUMN = 10
"""A column is emptied when less than one in LEFT_OF_A_COLUMN of its live values is left."""
FEWEST_OPEN = 20
"""Fewer open rows may all be finished, or changed, by the next export."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Keys inserted, updated, unchanged and deleted against the live snapshot, and the rows that it holds."""

    inserted: int
    updated: int
    unchanged: int
    deleted: int
    live_rows: int


def difference_statement(sheet: Sheet, tables: RunTables, live_run_id: int) -> str:
    """SQL that joins both runs by key and compares the other columns.

    Nulls equal nulls, and numbers are compared by their binary image, so that NaN equals itself. Each side names its
    run, so that its rows can be read in the order of its key.
    """
    keys = key_columns(sheet)
    rest = [column for column in sheet.columns if column.name not in keys]
    condition = " AND ".join(f"mine.{name} = live.{name}" for name in keys)
    changed = " OR ".join(map(_differs, rest))
    return f"""
SELECT count(*) FILTER (WHERE live_run IS NULL),
  count(*) FILTER (WHERE changed),
  count(*) FILTER (WHERE NOT changed),
  count(*) FILTER (WHERE my_run IS NULL),
  count(live_run)
FROM (
  SELECT mine.run_id AS my_run, live.run_id AS live_run,
    CASE WHEN mine.run_id IS NOT NULL AND live.run_id IS NOT NULL THEN {changed if rest else "false"} END AS changed
  FROM (SELECT * FROM {tables.partition(sheet)} WHERE run_id = {tables.run_id:d}) AS mine
  FULL JOIN (SELECT * FROM core.{sheet.table} WHERE run_id = {live_run_id:d}) AS live ON {condition}
  OFFSET 0
) AS compared"""


def _differs(column: Column) -> str:
    image = "float8send({})" if column.kind is Kind.NUMBER else "{}"
    mine, live = (image.format(f"{side}.{column.name}") for side in ("mine", "live"))
    return f"{mine} IS DISTINCT FROM {live}"


def difference(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None, merged_rows: int
) -> Difference:
    """Compare one sheet with the live snapshot; all rows are inserted when there is none."""
    if live_run_id is None:
        return Difference(merged_rows, 0, 0, 0, 0)
    row = connection.exec_driver_sql(difference_statement(sheet, tables, live_run_id)).one()
    return Difference(*row)


@dataclass(frozen=True, slots=True)
class Emptied:
    """A column that lost nearly all its values. values: in this run; live_values: in the live one. among: header of the
    end that the rows lack, if only such rows are meant."""

    sheet: str
    header: str
    values: int
    live_values: int
    among: str = ""

    @property
    def sentence(self) -> str:
        """The loss as a sentence."""
        name = f"{self.sheet}.{self.header}" + (f" of rows without {self.among}" if self.among else "")
        if not self.values:
            return f"no row has a value in {name}, which has {self.live_values:,} in the live run"
        return f"{name} has {self.values:,} values, in the live run {self.live_values:,}"


def emptied_columns(connection: sa.Connection, tables: RunTables, live_run_id: int | None) -> list[Emptied]:
    """The nullable columns with less than a tenth of the live run's values, in sheets that have rows; also those whose
    open rows, of 20 or more, have less than a tenth of the share of values that 20 or more had."""
    if live_run_id is None:
        return []
    found: list[Emptied] = []
    for sheet in SHEETS:
        columns = [column for column in sheet.columns if column.nullable]
        if not columns:
            continue
        counts = ", ".join(["count(*)", *(f"count({column.name})" for column in columns)])
        rows, *mine = connection.exec_driver_sql(f"SELECT {counts} FROM {tables.partition(sheet)}").one()
        _, *live = connection.exec_driver_sql(
            f"SELECT {counts} FROM core.{sheet.table} WHERE run_id = {live_run_id:d}"
        ).one()
        found += [
            Emptied(sheet.name, column.header, now, before)
            for column, now, before in zip(columns, mine, live, strict=True)
            if rows and now * LEFT_OF_A_COLUMN < before
        ]
        whole = {one.header for one in found if one.sheet == sheet.name}
        of_open = _emptied_among_open(connection, sheet, tables, live_run_id)
        found += [one for one in of_open if one.header not in whole]
    return found


def _emptied_among_open(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int
) -> Iterator[Emptied]:
    """Yield the columns that an end settles and whose values the open rows have lost."""
    for column in sheet.columns:
        if not column.nullable or not column.settled_by:
            continue
        end = sheet.column(column.settled_by).name
        (rows, now), (live_rows, before) = (
            connection.exec_driver_sql(
                f"SELECT count(*), count({column.name}) FROM {table} WHERE run_id = {run_id:d} AND {end} IS NULL"
            ).one()
            for table, run_id in ((tables.partition(sheet), tables.run_id), (f"core.{sheet.table}", live_run_id))
        )
        few = rows < FEWEST_OPEN or before < FEWEST_OPEN
        if not few and now * live_rows * LEFT_OF_A_COLUMN < before * rows:
            yield Emptied(sheet.name, column.header, now, before, column.settled_by)


def checksum_statement(sheet: Sheet, run_id: int) -> str:
    """SQL for the row count and the sums of both halves of each row's md5; independent of the order of rows."""
    names = listed(sorted({*content_columns(sheet), *key_columns(sheet)}))
    half = "CAST(CAST(CAST('x' || substr(digest, {start}, 16) AS bit(64)) AS bigint) AS numeric)"
    return (
        f"SELECT count(*), coalesce(sum({half.format(start=1)}), 0), coalesce(sum({half.format(start=17)}), 0) FROM"
        f" (SELECT md5(CAST(ROW({names}) AS text)) AS digest FROM core.{sheet.table}"
        f" WHERE run_id = {run_id:d}) AS image"
    )


def checksums(connection: sa.Connection, run_id: int) -> dict[str, str]:
    """Checksum of each sheet's content in one snapshot, without run_id; equal content gives equal text."""
    # The images must not depend on the session's formats of dates and floats.
    connection.exec_driver_sql("SET LOCAL extra_float_digits = 1")
    connection.exec_driver_sql("SET LOCAL datestyle = 'ISO, YMD'")
    return {
        sheet.name: ":".join(str(part) for part in connection.exec_driver_sql(checksum_statement(sheet, run_id)).one())
        for sheet in SHEETS
    }
