"""Figures of the whole run in core.snapshot_facts, made in the run's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from app.database.schema.publication import snapshot_facts
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.ready_after import bound
from app.ingestion.tables.standing_statement import OPEN_BY_STANDING
from app.workbook.opc.export_time import STRAGGLES_AFTER, LatestMoment, stragglers_at_most

STAMPS = """
SELECT greatest(o.latest, p.latest) AS as_of, o.stamps + p.stamps AS stamps, o.within + p.within AS within,
  o.total AS work_orders, o.open AS open_work_orders,
  p.total AS order_phases, p.open AS open_order_phases, p.returns AS return_order_phases
FROM (SELECT greatest(max(created_at) FILTER (WHERE created_at <= :latest),
      max(completed_at) FILTER (WHERE completed_at <= :latest)) AS latest,
    count(created_at) + count(completed_at) AS stamps, count(*) AS total,
    count(*) FILTER (WHERE created_at <= :latest) + count(*) FILTER (WHERE completed_at <= :latest) AS within,
    count(*) FILTER (WHERE completed_at IS NULL) AS open FROM {OrdensFabrico}) AS o,
  (SELECT greatest(max(started_at) FILTER (WHERE started_at <= :latest),
      max(finished_at) FILTER (WHERE finished_at <= :latest)) AS latest,
    count(started_at) + count(finished_at) AS stamps, count(*) AS total,
    count(*) FILTER (WHERE started_at <= :latest) + count(*) FILTER (WHERE finished_at <= :latest) AS within,
    count(*) FILTER (WHERE finished_at IS NULL) AS open, count(*) FILTER (WHERE is_return) AS returns
    FROM {FasesOrdemFabrico}) AS p"""


_EVENTS = """(SELECT unnest(ARRAY[created_at, completed_at]) AS moment FROM {OrdensFabrico}
  UNION ALL SELECT unnest(ARRAY[started_at, finished_at]) FROM {FasesOrdemFabrico}) AS events"""
_NEAR = "count(*) FILTER (WHERE {column} > :since AND {column} <= :latest)"
RECENT = f"""
SELECT o.near + p.near FROM
  (SELECT {_NEAR.format(column="created_at")} + {_NEAR.format(column="completed_at")} AS near
     FROM {{OrdensFabrico}}) AS o,
  (SELECT {_NEAR.format(column="started_at")} + {_NEAR.format(column="finished_at")} AS near
     FROM {{FasesOrdemFabrico}}) AS p"""
IN_COMPANY = f"""
SELECT max(moment) FROM {_EVENTS} WHERE moment <= :latest AND moment <= :gap + (
  SELECT moment FROM {_EVENTS} WHERE moment <= :latest ORDER BY moment DESC OFFSET :stragglers LIMIT 1)"""

UNBOUNDED = dt.datetime(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures of the whole run from the work orders and their phases.

    as_of: latest creation, start, end or completion stamp (factory-local; planned and transport dates do not count)
    that is not later than the export, and no straggler; None when no row has a stamp.
    """

    as_of: dt.datetime | None
    work_orders: int
    open_work_orders: int
    order_phases: int
    open_order_phases: int
    return_order_phases: int


def measure_facts(connection: sa.Connection, tables: RunTables, bounds: Iterable[LatestMoment]) -> Facts:
    """The facts, by one scan of both partitions.

    bounds: upper limits of event times (`latest_moments`). A bound that too many stamps exceed is skipped for the next
    one; after the last one there is no bound.
    """
    statement = bound(STAMPS, tables).bindparams(sa.bindparam("latest", type_=sa.TIMESTAMP))
    for latest in (*bounds, None):
        moment = latest.moment if latest else UNBOUNDED
        found = dict(connection.execute(statement, {"latest": moment}).one()._mapping)
        stamps, within = found.pop("stamps"), found.pop("within")
        if latest is None or latest.is_believed(stamps - within, stamps):
            break
    found["as_of"] = _without_stragglers(connection, tables, found["as_of"], stragglers_at_most(within))
    return Facts(**found)


def _without_stragglers(
    connection: sa.Connection, tables: RunTables, latest: dt.datetime | None, stragglers: int
) -> dt.datetime | None:
    """The latest stamp that does not lie far behind all but so many of the others.

    The stamps are sorted only where so few are near the latest one.
    """
    if latest is None or not stragglers:
        return latest
    recent = bound(RECENT, tables)
    near = connection.execute(recent, {"latest": latest, "since": latest - STRAGGLES_AFTER}).scalar_one()
    if near > stragglers:
        return latest
    in_company = bound(IN_COMPANY, tables).bindparams(sa.bindparam("gap", type_=sa.Interval))
    given = {"latest": latest, "gap": STRAGGLES_AFTER, "stragglers": stragglers}
    found: dt.datetime = connection.execute(in_company, given).scalar_one()
    return found


def record_facts(connection: sa.Connection, tables: RunTables, facts: Facts, error_rows: int) -> None:
    """Write the run's row of core.snapshot_facts. error_rows: of OrdemFabricoErros in the run's partition, checklist
    lines too."""
    seen = sa.text(f"SELECT coalesce(sum(seen_rows), 0) FROM {tables.named('checklist_lines')}")
    quality_errors = error_rows - int(connection.execute(seen).scalar_one())
    standings = connection.execute(bound(OPEN_BY_STANDING, tables), {"as_of": facts.as_of}).scalar_one()
    counted = {**asdict(facts), "quality_errors": quality_errors, "open_by_standing": standings}
    connection.execute(snapshot_facts.insert().values(run_id=tables.run_id, **counted))
