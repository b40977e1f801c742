"""Refuses rows: first for faults of a row by itself, then for rows judged together, by SQL over the whole sheet.

Precedence on one row: NULL_KEY, INVALID_TYPE, OUT_OF_RANGE (its own cells, found while it was read), then
ORPHAN_PARENT, then DUPLICATE_ROW and CONFLICTING_KEY. A row refused for another code does not compete for its key, so a
DUPLICATE_ROW is identical to a row that is kept, and a CONFLICTING_KEY lost to a row that is kept.

Among the rows of one key, the last row in the sheet decides the content. The first row with that content is kept, its
repeats are DUPLICATE_ROW, and all others CONFLICTING_KEY.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEET_BY_NAME, Column, Kind, Relationship, Sheet
from app.database.schema.audit import rejected_rows
from app.ingestion.tables.names import RunTables, content_columns, key_columns, listed
from app.ingestion.tables.side_by_side import answers


def orphan_statement(relationship: Relationship, tables: RunTables) -> str:
    """SQL that refuses rows whose parent has no acceptable row.

    One acceptable row of each key is always kept, so staging and the merged parents give the same result.
    """
    sheet, (link,) = SHEET_BY_NAME[relationship.from_sheet], relationship.links
    parent = SHEET_BY_NAME[link.to_sheet]
    child_column, parent_column = sheet.column(link.from_header).name, parent.column(link.to_header).name
    return (
        f"UPDATE {tables.staging(sheet)} AS child SET reject_code = 'ORPHAN_PARENT',"
        f" reject_detail = '{link.from_header} ' || child.{child_column}"
        f" || ' is no accepted {link.to_header} of {link.to_sheet}'"
        f" WHERE child.reject_code IS NULL AND child.{child_column} IS NOT NULL AND NOT EXISTS"
        f" (SELECT FROM {tables.staging(parent)} AS parent"
        f" WHERE parent.reject_code IS NULL AND parent.{parent_column} = child.{child_column})"
    )


def orphans_question(relationship: Relationship, tables: RunTables) -> str:
    """SQL that counts the keys for which `orphan_statement` would refuse rows. It takes half the time of an UPDATE that
    finds nothing, and may be computed by any process of the server."""
    sheet, (link,) = SHEET_BY_NAME[relationship.from_sheet], relationship.links
    parent = SHEET_BY_NAME[link.to_sheet]
    child_column, parent_column = sheet.column(link.from_header).name, parent.column(link.to_header).name
    return (
        f"SELECT count(*) AS keys FROM (SELECT {child_column} AS id FROM {tables.staging(sheet)}"
        f" WHERE reject_code IS NULL AND {child_column} IS NOT NULL GROUP BY {child_column}) AS child"
        f" WHERE NOT EXISTS (SELECT FROM {tables.staging(parent)} AS parent"
        f" WHERE parent.reject_code IS NULL AND parent.{parent_column} = child.id)"
    )


def repetition_question(sheet: Sheet, tables: RunTables) -> str:
    """SQL that counts the keys that occur in more than one acceptable row."""
    keys = listed(key_columns(sheet))
    return (
        f"SELECT count(*) AS keys FROM (SELECT FROM {tables.staging(sheet)} WHERE reject_code IS NULL"
        f" GROUP BY {keys} HAVING count(*) > 1) AS repeated"
    )


def repeated_key_statement(sheet: Sheet, tables: RunTables) -> str:
    """SQL that refuses all but one row of each key. Content is compared as the row's text."""
    keys, staging = key_columns(sheet), tables.staging(sheet)
    names = listed(content_columns(sheet), "s")
    shown = " || ', ' || ".join(f"'{header} ' || t.{name}" for header, name in zip(sheet.key, keys, strict=True))
    return f"""
WITH repeated AS MATERIALIZED (
  SELECT {listed(keys)} FROM {staging} WHERE reject_code IS NULL GROUP BY {listed(keys)} HAVING count(*) > 1
), contending AS (
  SELECT s.ctid AS place, s.excel_row, {listed(keys, "s")}, CAST(ROW({names}) AS text) AS content
  FROM repeated JOIN {staging} AS s USING ({listed(keys)}) WHERE s.reject_code IS NULL
), judged AS (
  SELECT *, content = last_value(content) OVER sheet_order AS agrees, max(excel_row) OVER sheet_order AS last_row
  FROM contending WINDOW sheet_order AS (PARTITION BY {listed(keys)} ORDER BY excel_row
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
), settled AS (
  SELECT *, min(excel_row) FILTER (WHERE agrees) OVER (PARTITION BY {listed(keys)}) AS kept_row FROM judged
)
UPDATE {staging} AS t
SET reject_code = CASE WHEN agrees THEN 'DUPLICATE_ROW' ELSE 'CONFLICTING_KEY' END,
    reject_detail = CASE WHEN agrees THEN 'identical to row ' || kept_row || ', which is kept'
      ELSE 'row ' || last_row || ' has the same key (' || {shown} || ') with other content and wins' END
FROM settled WHERE t.ctid = settled.place AND settled.excel_row <> settled.kept_row"""


def _cell_text(column: Column) -> str:
    """SQL for the cell as the workbook shows it: NULL for a null, 0/1 for a flag, ISO 8601 for a time."""
    value = f"CAST({column.name} AS text)"
    if column.kind is Kind.FLAG:
        value = f"CAST(CAST({column.name} AS integer) AS text)"
    elif column.kind is Kind.DATETIME:
        value = f"replace({value}, ' ', 'T')"
    return f"'{column.header}', coalesce({value}, 'NULL')"


def record_statement(sheet: Sheet, tables: RunTables) -> sa.Insert:
    """The statement that stores the refused rows.

    Raw cells come from the reader when a cell is faulty, else from the typed values; both without people's names.
    """
    cells = ", ".join(_cell_text(column) for column in sheet.columns if not column.personal)
    refused = sa.text(
        f"SELECT {tables.run_id:d}, '{sheet.name}', excel_row, reject_code, reject_detail,"
        f" coalesce(raw_cells, jsonb_build_object({cells}))"
        f" FROM {tables.staging(sheet)} WHERE reject_code IS NOT NULL"
    )
    names = ["run_id", "sheet", "excel_row", "code", "detail", "cells"]
    return rejected_rows.insert().from_select(names, refused.columns())


def reject_rows(connection: sa.Connection, sheet: Sheet, tables: RunTables) -> tuple[int, int]:
    """Judge a sheet's staged rows, after its parents', and store the refused ones in audit.rejected_rows.

    Returns the number of rows in staging and of refused ones.
    """
    # Even half a million rows rarely have an orphan or repeat a key; asking first saves statements that change nothing.
    questions = {
        orphan_statement(one, tables): orphans_question(one, tables)
        for one in RELATIONSHIPS
        if one.enforced and one.from_sheet == sheet.name
    }
    if sheet.key:
        questions[repeated_key_statement(sheet, tables)] = repetition_question(sheet, tables)
    count = f"SELECT count(*) AS loaded, count(reject_code) AS refused FROM {tables.staging(sheet)}"
    found = answers(connection, {**questions, count: count})
    needed = [statement for statement in questions if found[statement][0]["keys"]]
    for statement in needed:
        connection.exec_driver_sql(statement)
    (counts,) = answers(connection, {count: count})[count] if needed else found[count]
    if counts["refused"]:
        connection.execute(record_statement(sheet, tables))
    return counts["loaded"], counts["refused"]
