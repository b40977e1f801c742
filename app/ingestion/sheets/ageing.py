"""Finds sheets of records that are of an older export than the rest of the workbook, or than the live run.

Assignments and errors have no time of their own: they are as old as the latest phase that they refer to, by its start
in the live run. Without a live run they are not judged: many phases never have an assignment or an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import SHEET_BY_NAME, Sheet
from app.contract.quality_issues import FEWEST_CHANGED, NEWEST_ORDERS, WITHOUT_PHASE_WARNED_ABOVE_PERCENT
from app.contract.sheet_counts import SheetCounts
from app.ingestion.runs.plant import Live
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.ready_after import bound

ORDERS, PHASES = "OrdensFabrico", "FasesOrdemFabrico"
STAMPS = {ORDERS: ("created_at", "completed_at"), PHASES: ("started_at", "finished_at")}
"""Columns of events by sheet; a later export has the live run's latest of them, or later ones."""
REFERRING = {"FuncionariosFaseOrdemFabrico": "order_phase_id", "OrdemFabricoErros": "evaluation_order_phase_id"}
"""Columns of the phase by sheet; a later export refers to the live run's latest phase, or to later ones."""
WITHOUT_PHASE = f"""
SELECT count(*) FROM {{{ORDERS}}} AS o
WHERE NOT EXISTS (SELECT FROM {{{PHASES}}} AS p WHERE p.work_order_id = o.work_order_id)"""
NEWEST_WITHOUT_PHASE = f"""
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS
  (SELECT FROM {{{PHASES}}} AS p WHERE p.work_order_id = newest.work_order_id))
FROM (SELECT work_order_id FROM {{{ORDERS}}} ORDER BY created_at DESC, work_order_id DESC
  LIMIT {NEWEST_ORDERS}) AS newest"""


@dataclass(frozen=True, slots=True)
class Older:
    """A sheet that is older than it should be.

    rows: how many rows show it. is_incomplete: rows of new orders are missing.
    """

    sheet: str
    rows: int
    sentence: str
    is_incomplete: bool = False


def older_sheets(
    connection: sa.Connection, tables: RunTables, live: Live | None, sheets: tuple[SheetCounts, ...]
) -> list[Older]:
    """The sheets that are of an older export."""
    found = [_without_phase(connection, tables)]
    if live is not None and live.as_of is not None:
        found += _fallen_back(connection, tables, live, sheets)
    return [one for one in found if one is not None]


def orders_without_phase(connection: sa.Connection, tables: RunTables) -> int:
    """The number of orders that no phase belongs to."""
    found: int = connection.execute(bound(WITHOUT_PHASE, tables)).scalar_one()
    return found


def _without_phase(connection: sa.Connection, tables: RunTables) -> Older | None:
    orders, lacking = connection.execute(bound(NEWEST_WITHOUT_PHASE, tables)).one()
    if orders < NEWEST_ORDERS or lacking * 100 <= orders * WITHOUT_PHASE_WARNED_ABOVE_PERCENT:
        return None
    return Older(
        PHASES, lacking, f"{PHASES}: {lacking} of the {orders} newest orders have no phase", is_incomplete=True
    )


def _fallen_back(
    connection: sa.Connection, tables: RunTables, live: Live, sheets: tuple[SheetCounts, ...]
) -> Iterator[Older]:
    for counts in sheets:
        changed = counts.updated + counts.deleted
        if counts.sheet not in {*STAMPS, *REFERRING} or counts.inserted or changed < FEWEST_CHANGED:
            continue  # a later export has new rows, and one without a change is as old as the live run
        sheet = SHEET_BY_NAME[counts.sheet]
        now, before = (
            connection.execute(
                sa.text(_latest(sheet, table)), {"as_of": live.as_of, "run_id": run_id, "live_run_id": live.run_id}
            ).scalar_one()
            for table, run_id in (
                (tables.partition(sheet), tables.run_id),
                (f"core.{sheet.table}", live.run_id),
            )
        )
        if now is not None and before is not None and now < before:
            at = "at the phase begun at" if counts.sheet in REFERRING else "at"
            yield Older(
                counts.sheet,
                changed,
                f"{counts.sheet} ends {at} {now:%Y-%m-%d %H:%M}, in the live run {at} {before:%Y-%m-%d %H:%M},"
                " and has no new row",
            )


def _latest(sheet: Sheet, table: str) -> str:
    """SQL for the latest event of a sheet's rows up to `as_of`."""
    if sheet.name in REFERRING:
        return (
            f"SELECT max(p.started_at) FROM {table} AS t JOIN core.{SHEET_BY_NAME[PHASES].table} AS p"
            f" ON p.run_id = :live_run_id AND p.order_phase_id = t.{REFERRING[sheet.name]}"
            " WHERE t.run_id = :run_id AND p.started_at <= :as_of"
        )
    latest = ", ".join(f"max({name}) FILTER (WHERE {name} <= :as_of)" for name in STAMPS[sheet.name])
    return f"SELECT greatest({latest}) FROM {table} WHERE run_id = :run_id"
