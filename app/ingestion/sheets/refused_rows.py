"""Counts the refused rows of one sheet in staging, as the limits need them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEET_BY_NAME, Sheet
from app.ingestion.reading.extraction import Extracted
from app.ingestion.sheets.comparison import Difference
from app.ingestion.tables.names import RunTables, key_columns, listed
from app.workbook.judging.column_faults import by_column
from app.workbook.judging.reject_limits import CONFLICT, COUNTED, ORPHAN, SheetRejects
from app.workbook.judging.reject_sentences import key_in_words

COUNTED_CODES = ", ".join(f"'{code}'" for code in COUNTED)


@dataclass(frozen=True, slots=True)
class Refused:
    """A sheet's refused rows.

    live_keys: keys of the live run that are missing because their row was refused, at most. A refused row without a
    readable key may belong to any missing key, so each counts as one.
    """

    rejects: SheetRejects
    live_keys: int = 0


def measure_refused(
    connection: sa.Connection,
    sheet: Sheet,
    tables: RunTables,
    read: Extracted,
    live_run_id: int | None,
    difference: Difference,
) -> Refused:
    """Count the refused rows of a merged and compared sheet whose staging table still exists."""
    codes = connection.exec_driver_sql(
        f"SELECT reject_code, count(*), min(excel_row) FROM {tables.staging(sheet)}"
        " WHERE reject_code IS NOT NULL GROUP BY reject_code"
    ).all()
    found = {code for code, _, _ in codes}
    parents, orphaned, of_refused = _parents(connection, sheet, tables, found)
    conflicting, key, key_rows = _conflicting_keys(connection, sheet, tables) if CONFLICT in found else (0, "", 0)
    new, missing, keyless = 0, 0, 0
    if sheet.key and live_run_id is not None and found.intersection(COUNTED):
        new, missing, keyless = connection.exec_driver_sql(_keys_statement(sheet, tables, live_run_id)).one()
    open_rows, open_refused = _open_rows(connection, sheet, tables, read)
    rejects = SheetRejects(
        sheet=sheet.name,
        rows=read.rows,
        by_code={code: count for code, count, _ in codes},
        first_rows={code: first for code, _, first in codes},
        columns=tuple(read.column_faults.values()),
        sound_values=_sound_values(connection, sheet, tables, read),
        parents=parents,
        orphaned_parents=orphaned,
        orphans_of_refused=of_refused,
        inserted=difference.inserted if live_run_id is not None else 0,
        new_refused=new,
        conflicting_keys=conflicting,
        conflicting_key=key,
        conflicting_key_rows=key_rows,
        open_rows=open_rows,
        open_refused=open_refused,
    )
    return Refused(rejects, min(difference.deleted, missing + keyless))


def _sound_values(connection: sa.Connection, sheet: Sheet, tables: RunTables, read: Extracted) -> dict[str, int]:
    """Acceptable values of columns with faulty cells, by header: a faulty cell is a null in staging."""
    headers = sorted({fault.header for fault in read.column_faults.values()})
    if not headers:
        return {}
    counts = ", ".join(f"count({sheet.column(header).name})" for header in headers)
    row = connection.exec_driver_sql(f"SELECT {counts} FROM {tables.staging(sheet)}").one()
    return dict(zip(headers, row, strict=True))


def _open_rows(connection: sa.Connection, sheet: Sheet, tables: RunTables, read: Extracted) -> tuple[int, int]:
    """Rows without an end, and those of them that were refused. A faulty end, of a refused row, is a null too."""
    end = sheet.end
    if end is None:
        return 0, 0
    row = connection.exec_driver_sql(
        f"SELECT count(*), count(*) FILTER (WHERE reject_code IN ({COUNTED_CODES})) FROM {tables.staging(sheet)}"
        f" WHERE {end.name} IS NULL"
    ).one()
    ended = by_column(read.column_faults.values()).get(end.header, 0)
    return row[0] - ended, row[1] - ended


def _conflicting_keys(connection: sa.Connection, sheet: Sheet, tables: RunTables) -> tuple[int, str, int]:
    """The number of keys of the conflicting rows; the most frequent one as text, and its number of rows."""
    keys = key_columns(sheet)
    *values, count, distinct = connection.exec_driver_sql(
        f"SELECT {listed(keys)}, count(*), count(*) OVER () FROM {tables.staging(sheet)}"
        f" WHERE reject_code = '{CONFLICT}'"
        f" GROUP BY {listed(keys)} ORDER BY count(*) DESC, min(excel_row) LIMIT 1"
    ).one()
    return distinct, key_in_words(sheet, values), count


def _parents(connection: sa.Connection, sheet: Sheet, tables: RunTables, codes: set[str]) -> tuple[int, int, int]:
    """Distinct parents referred to, those without an accepted row, and orphans whose parent has a refused row."""
    if ORPHAN not in codes:
        return 0, 0, 0
    (link,) = next(one for one in RELATIONSHIPS if one.enforced and one.from_sheet == sheet.name).links
    parent = SHEET_BY_NAME[link.to_sheet]
    child_column, parent_column = sheet.column(link.from_header).name, parent.column(link.to_header).name
    row = connection.exec_driver_sql(
        f"SELECT count(DISTINCT {child_column}),"
        f" count(DISTINCT {child_column}) FILTER (WHERE reject_code = '{ORPHAN}'),"
        f" count(*) FILTER (WHERE reject_code = '{ORPHAN}' AND {child_column} IN"
        f" (SELECT {parent_column} FROM {tables.staging(parent)} WHERE {parent_column} IS NOT NULL))"
        f" FROM {tables.staging(sheet)}"
    ).one()
    return row[0], row[1], row[2]


def _keys_statement(sheet: Sheet, tables: RunTables, live_run_id: int) -> str:
    """New keys among the refused ones; live keys that only a refused row has; refused rows without a readable key."""
    keys = key_columns(sheet)
    same = " AND ".join(f"live.{key} = refused.{key}" for key in keys)
    kept = " AND ".join(f"mine.{key} = refused.{key}" for key in keys)
    known = " AND ".join(f"refused.{key} IS NOT NULL" for key in keys)
    return f"""
WITH refused AS (
  SELECT {listed(keys)}, count(*) AS row_count FROM {tables.staging(sheet)}
  WHERE reject_code IN ({COUNTED_CODES}) GROUP BY {listed(keys)}
), judged AS (
  SELECT row_count, {known} AS is_known,
    EXISTS (SELECT FROM core.{sheet.table} AS live WHERE live.run_id = {live_run_id:d} AND {same}) AS is_live,
    EXISTS (SELECT FROM {tables.partition(sheet)} AS mine WHERE mine.run_id = {tables.run_id:d} AND {kept}) AS is_kept
  FROM refused
)
SELECT count(*) FILTER (WHERE is_known AND NOT is_live AND NOT is_kept),
  count(*) FILTER (WHERE is_known AND is_live AND NOT is_kept),
  coalesce(sum(row_count) FILTER (WHERE NOT is_known), 0)
FROM judged"""
