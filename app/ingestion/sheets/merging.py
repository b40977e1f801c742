"""Merges one sheet from staging into the run's partition: refuses rows, copies the others, indexes and compares.

A sheet is merged after its parents (app.ingestion.tables.order); a rule over several sheets runs after the last of
them.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import Sheet
from app.database.access.roles import Roles
from app.ingestion.options import Stopwatch
from app.ingestion.reading.extraction import Extracted
from app.ingestion.runs.plant import Live
from app.ingestion.sheets.archiving import archived_rows
from app.ingestion.sheets.comparison import Difference, difference
from app.ingestion.sheets.corrections import Corrected, corrected_rows
from app.ingestion.sheets.doubling import Doubled, doubled_rows
from app.ingestion.sheets.lost_work import LostWork, lost_work
from app.ingestion.sheets.moved_plans import MovedPlan, moved_plans
from app.ingestion.sheets.refused_rows import Refused, measure_refused
from app.ingestion.sheets.rejection import reject_rows
from app.ingestion.sheets.repetition import repeated_events
from app.ingestion.sheets.rewriting import Rewritten, rewritten_columns
from app.ingestion.sheets.totalling import totals_row
from app.ingestion.sheets.uniformity import Uniform, uniform_columns
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.partitions import fill_statement, index_partition, reference_partition
from app.ingestion.tables.staging_tables import analyse_staging
from app.workbook.judging.repeated_events import Repeated
from app.workbook.judging.totals import TotalsRow


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged sheet and its counts.

    loaded: rows in staging. merged: rows in the partition. difference: keys against the live snapshot.
    refused: its refused rows; None: it has none.
    rewritten: columns with many values changed since the live run. repeated: most of its rows stand more than once.
    doubled: many of its rows stand there again under new keys. archived: live rows that are gone with their finished
    work order. corrected: its corrected rows, if they have no number of their own. uniform: columns of one value.
    lost_work: absent rows of the live run's open work. totals: the row that is the sum of all others.
    moved: plans of open rows that moved far.
    """

    sheet: str
    loaded: int
    merged: int
    difference: Difference
    refused: Refused | None
    rewritten: tuple[Rewritten, ...]
    repeated: Repeated | None
    doubled: Doubled | None
    archived: int
    corrected: Corrected | None
    uniform: tuple[Uniform, ...]
    lost_work: tuple[LostWork, ...]
    totals: TotalsRow | None
    moved: tuple[MovedPlan, ...]


def merge_sheet(
    connection: sa.Connection,
    sheet: Sheet,
    tables: RunTables,
    roles: Roles,
    live: Live | None,
    read: Extracted,
    watch: Stopwatch,
) -> Merged:
    """Merge a staged sheet; its parents have been merged. read: the reader's counts and digests of it."""
    live_run_id = live.run_id if live else None
    with watch.step("load"):
        analyse_staging(connection, sheet, tables, roles)
    with watch.step("merge"):
        loaded, refused_rows = reject_rows(connection, sheet, tables)
        connection.exec_driver_sql(fill_statement(sheet, tables))
    with watch.step("index"):
        index_partition(connection, sheet.table, tables, roles)
        reference_partition(connection, sheet, tables, roles)
    with watch.step("compare"):
        merged: int = connection.exec_driver_sql(f"SELECT count(*) FROM {tables.partition(sheet)}").scalar_one()
        compared = difference(connection, sheet, tables, live_run_id, merged)
        refused = measure_refused(connection, sheet, tables, read, live_run_id, compared) if refused_rows else None
        rewritten = tuple(rewritten_columns(connection, sheet, tables, live_run_id, compared))
        repeated = repeated_events(connection, sheet, tables, live_run_id)
        doubled = doubled_rows(connection, sheet, tables, live_run_id, compared)
        archived = archived_rows(connection, sheet, tables, live_run_id, compared)
        corrected = corrected_rows(connection, sheet, tables, live_run_id, compared)
        uniform = tuple(uniform_columns(connection, sheet, tables, live_run_id, compared))
        totals = totals_row(connection, sheet, tables, live_run_id)
        moved = tuple(moved_plans(connection, sheet, tables, live_run_id, compared))
        lost = tuple(lost_work(connection, sheet, tables, live_run_id, compared))
    own = (sheet.name, loaded, merged, compared, refused)
    return Merged(*own, rewritten, repeated, doubled, archived, corrected, uniform, lost, totals, moved)
