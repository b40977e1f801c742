"""Counts the rows of a sheet that left the workbook together with their finished work order.

A factory archives old orders with all their rows. Old orders have more errors than others, so a small share of the
orders may be a large share of the errors. Such rows are judged by their orders alone.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEET_BY_NAME, Sheet
from app.ingestion.sheets.comparison import Difference
from app.ingestion.tables.names import RunTables

ORDERS, PHASES = SHEET_BY_NAME["OrdensFabrico"], SHEET_BY_NAME["FasesOrdemFabrico"]


def reference_to(sheet: Sheet, target: Sheet) -> tuple[str, str] | None:
    """The columns, of the sheet and of the target, by which a row of the sheet refers to a row of the target."""
    for one in RELATIONSHIPS:
        (link, *more) = one.links
        if one.from_sheet == sheet.name and link.to_sheet == target.name and not more:
            return sheet.column(link.from_header).name, target.column(link.to_header).name
    return None


def archived_rows(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None, difference: Difference
) -> int:
    """Count the live rows that are gone, as is their finished order. Needs the staging tables of both sheets: an order
    in a refused row is not gone."""
    if live_run_id is None or not difference.deleted:
        return 0
    statement = archived_statement(sheet, tables, live_run_id)
    if statement is None:
        return 0
    gone: int = connection.exec_driver_sql(statement).scalar_one()
    return max(0, min(gone, difference.deleted))


def archived_statement(sheet: Sheet, tables: RunTables, live_run_id: int) -> str | None:
    """SQL for the count; None for a sheet whose rows belong to no order."""
    own, through = reference_to(sheet, ORDERS), reference_to(sheet, PHASES)
    if own is not None:
        column, gone = own[0], _gone_orders(tables, live_run_id)
    elif through is not None:
        column, gone = through[0], _phases_of_gone_orders(through[1], tables, live_run_id)
    else:
        return None
    return (
        f"WITH gone AS MATERIALIZED ({gone}) SELECT"
        f" (SELECT count(*) FROM core.{sheet.table} WHERE run_id = {live_run_id:d} AND {column} IN (TABLE gone))"
        f" - (SELECT count(*) FROM {tables.staging(sheet)} WHERE {column} IN (TABLE gone))"
    )


def _gone_orders(tables: RunTables, live_run_id: int) -> str:
    """SQL for the finished orders of the live run that are not in this workbook."""
    return (
        f"SELECT live.work_order_id FROM core.{ORDERS.table} AS live WHERE live.run_id = {live_run_id:d}"
        f" AND live.completed_at IS NOT NULL AND NOT EXISTS (SELECT FROM {tables.staging(ORDERS)} AS staged"
        " WHERE staged.work_order_id = live.work_order_id)"
    )


def _phases_of_gone_orders(phase: str, tables: RunTables, live_run_id: int) -> str:
    return (
        f"SELECT {phase} FROM core.{PHASES.table} WHERE run_id = {live_run_id:d}"
        f" AND work_order_id IN ({_gone_orders(tables, live_run_id)})"
    )
