"""Whole-run figures that the API needs at once, made in the run's transaction."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from app.ingestion.tables import RunTables
from app.workbook.contract import SHEET_BY_NAME


def record_facts(connection: sa.Connection, tables: RunTables) -> dt.datetime | None:
    """Write the run's row of core.snapshot_facts; returns as_of (factory-local time), None when no row has a stamp.

    as_of is the latest creation, start, end or completion stamp; planned and transport dates do not count.
    """
    orders = tables.partition(SHEET_BY_NAME["OrdensFabrico"])
    phases = tables.partition(SHEET_BY_NAME["FasesOrdemFabrico"])
    errors = tables.partition(SHEET_BY_NAME["OrdemFabricoErros"])
    statement = f"""
INSERT INTO core.snapshot_facts (run_id, as_of, work_orders, open_work_orders, order_phases, open_order_phases,
  return_order_phases, quality_errors)
SELECT {tables.run_id:d}, greatest(o.latest, p.latest), o.total, o.open, p.total, p.open, p.returns,
  (SELECT count(*) FROM {errors})
FROM (SELECT max(greatest(created_at, completed_at)) AS latest, count(*) AS total,
    count(*) FILTER (WHERE completed_at IS NULL) AS open FROM {orders}) AS o,
  (SELECT max(greatest(started_at, finished_at)) AS latest, count(*) AS total,
    count(*) FILTER (WHERE finished_at IS NULL) AS open, count(*) FILTER (WHERE is_return) AS returns
    FROM {phases}) AS p
RETURNING as_of"""
    as_of: dt.datetime | None = connection.exec_driver_sql(statement).scalar_one()
    return as_of
