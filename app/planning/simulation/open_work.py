"""The open work as jobs to dispatch. Definitions: docs/kpis.md, "What if"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.planning.simulation.dispatch import Job, Operation
from app.planning.simulation.paces import Pace
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.standing import IN_SCOPE, Include, orders_in, standings_in

OPEN_PHASES = sa.text(f"""
    WITH open_order AS MATERIALIZED (
        SELECT o.work_order_id, o.product_id, o.created_at, o.transport_at
          FROM core.work_orders AS o
         WHERE o.run_id = :run_id AND {IN_SCOPE}
    ), member AS (
        SELECT o.work_order_id, o.product_id, o.created_at, o.transport_at, p.order_phase_id, p.sequence, p.phase_id,
               p.coefficient, p.started_at, p.finished_at,
               max(p.finished_at) OVER (PARTITION BY o.work_order_id) AS last_end
          FROM open_order AS o
          JOIN core.order_phases AS p ON p.run_id = :run_id AND p.work_order_id = o.work_order_id
    )
    SELECT work_order_id, product_id, transport_at, phase_id, coefficient, started_at,
           coalesce(started_at, last_end, created_at) AS waiting_since
      FROM member WHERE finished_at IS NULL
     ORDER BY work_order_id, started_at IS NULL, sequence, order_phase_id
""")


class OpenPhase(NamedTuple):
    """An execution without an end. transport_at: that of its order."""

    work_order_id: int
    phase_id: int
    coefficient: float
    started_at: dt.datetime | None
    waiting_since: dt.datetime
    transport_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """Fields of an open order that answers show with its simulated times."""

    product_id: int
    transport_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Open orders with open phases as jobs."""

    open_orders: int
    jobs: tuple[Job, ...]
    orders: dict[int, OpenOrder]


def open_work(
    connection: sa.Connection,
    run: Run,
    paces: Mapping[int, Pace],
    pace_factor: float = 1,
    include: Include | None = None,
) -> OpenWork:
    """The open phases of the orders in scope as jobs: of each order those in process first, then in routing order."""
    rows: Any = connection.execute(OPEN_PHASES, run.bound(standings=standings_in(include))).all()
    orders = {row.work_order_id: OpenOrder(row.product_id, row.transport_at) for row in rows}
    jobs = () if run.as_of is None else jobs_from(rows, paces, run.as_of, pace_factor)
    return OpenWork(orders_in(run.standing, include), tuple(jobs), orders)


def jobs_from(
    rows: Iterable[OpenPhase], paces: Mapping[int, Pace], now: dt.datetime, pace_factor: float = 1
) -> list[Job]:
    """One job for each order, from open phases sorted by order. Waiting times count from `now`."""
    jobs = []
    for work_order_id, members in groupby(rows, key=lambda row: row.work_order_id):
        phases = list(members)
        first = phases[0]
        jobs.append(
            Job(
                work_order_id,
                tuple(
                    Operation(one.phase_id, paces[one.phase_id].duration_s(one.coefficient, pace_factor))
                    for one in phases
                ),
                # Floor division: whole seconds, the earlier one.
                waiting_since_s=(first.waiting_since - now) // dt.timedelta(seconds=1),
                due_day=None if first.transport_at is None else first.transport_at.toordinal(),
                in_process=first.started_at is not None,
            )
        )
    return jobs
