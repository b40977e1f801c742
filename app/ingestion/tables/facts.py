"""Whole-run figures that the API needs at once, made in the run's transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from app.ingestion.tables.names import RunTables
from app.ingestion.tables.ready_after import bound

STAMPS = """
SELECT greatest(o.latest, p.latest) AS as_of, o.total AS work_orders, o.open AS open_work_orders,
  p.total AS order_phases, p.open AS open_order_phases, p.returns AS return_order_phases
FROM (SELECT max(greatest(created_at, completed_at)) AS latest, count(*) AS total,
    count(*) FILTER (WHERE completed_at IS NULL) AS open FROM {OrdensFabrico}) AS o,
  (SELECT max(greatest(started_at, finished_at)) AS latest, count(*) AS total,
    count(*) FILTER (WHERE finished_at IS NULL) AS open, count(*) FILTER (WHERE is_return) AS returns
    FROM {FasesOrdemFabrico}) AS p"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the work orders and their phases say of the whole run.

    as_of: latest creation, start, end or completion stamp (factory-local; planned and transport dates do not count);
    None when no row has a stamp.
    """

    as_of: dt.datetime | None
    work_orders: int
    open_work_orders: int
    order_phases: int
    open_order_phases: int
    return_order_phases: int


def measure_facts(connection: sa.Connection, tables: RunTables) -> Facts:
    """One scan of both partitions."""
    return Facts(**connection.execute(bound(STAMPS, tables)).one()._mapping)


def record_facts(connection: sa.Connection, tables: RunTables, facts: Facts, quality_errors: int) -> None:
    """Write the run's row of core.snapshot_facts. quality_errors: rows of that sheet in the run's partition."""
    values = {"run_id": tables.run_id, **asdict(facts), "quality_errors": quality_errors}
    connection.execute(
        sa.text(
            f"INSERT INTO core.snapshot_facts ({', '.join(values)}) VALUES ({', '.join(f':{name}' for name in values)})"
        ),
        values,
    )
