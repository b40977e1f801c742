"""The open work as jobs to dispatch, and the usual pace of each phase. Definitions: docs/kpis.md, "What if"."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.planning.simulation.dispatch import Job, Operation
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.standing import IN_SCOPE, Include, orders_in, standings_in

LARGEST_RATIO = 10
"""Largest coefficient, as a multiple of its phase's median: a typing error must not block a phase."""

SECONDS_PER_DAY = 86_400

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
    SELECT work_order_id, product_id, transport_at, phase_id, coefficient,
           coalesce(started_at, last_end, created_at) AS waiting_since
      FROM member WHERE finished_at IS NULL
     ORDER BY work_order_id, sequence, order_phase_id
""")
PACE_OF_EACH_PHASE = sa.text("""
    SELECT phase_id, ph.name AS phase_name, r.throughput_phases, r.throughput_window_days, r.duration_median_s,
           r.coefficient_median
      FROM (SELECT * FROM core.phases WHERE run_id = :run_id) AS ph
      FULL JOIN (SELECT * FROM core.phase_rates WHERE run_id = :run_id) AS r USING (phase_id)
     ORDER BY ph.sequence NULLS LAST, phase_id
""")


@dataclass(frozen=True, slots=True)
class Pace:
    """The usual pace of one phase: duration of an execution (None: never timed), and how many run side by side."""

    phase_name: str | None
    duration_median_s: float | None
    coefficient_median: float | None
    capacity: int

    def duration_s(self, coefficient: float) -> int:
        """Whole seconds that an execution with this coefficient takes; 0 in a phase that was never timed."""
        if self.duration_median_s is None:
            return 0
        usual = self.coefficient_median or 0
        if coefficient <= 0 or usual <= 0:
            return math.floor(self.duration_median_s + 0.5)
        return math.floor(self.duration_median_s * min(coefficient / usual, LARGEST_RATIO) + 0.5)


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """Members of an order in an answer, beside its times."""

    product_id: int
    transport_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Open orders with open phases as jobs; every known phase's pace, in the factory's order."""

    open_orders: int
    jobs: tuple[Job, ...]
    orders: dict[int, OpenOrder]
    paces: dict[int, Pace]


def open_work(connection: sa.Connection, run: Run, include: Include | None = None) -> OpenWork:
    """The open phases of production work, and more, in routing order, and every phase of Fases and of an execution."""
    paces = {row.phase_id: _pace(row) for row in connection.execute(PACE_OF_EACH_PHASE, run.bound())}
    jobs, orders = [], {}
    rows = connection.execute(OPEN_PHASES, run.bound(standings=standings_in(include))).all()
    for work_order_id, members in groupby(rows, key=lambda row: row.work_order_id):
        phases = list(members)
        first = phases[0]
        orders[work_order_id] = OpenOrder(first.product_id, first.transport_at)
        jobs.append(
            Job(
                work_order_id,
                tuple(Operation(one.phase_id, paces[one.phase_id].duration_s(one.coefficient)) for one in phases),
                # Floor division: whole seconds, the earlier one.
                waiting_since_s=(first.waiting_since - run.as_of) // dt.timedelta(seconds=1),
                due_day=None if first.transport_at is None else first.transport_at.toordinal(),
            )
        )
    return OpenWork(orders_in(run.standing, include), tuple(jobs), orders, paces)


def usual_capacity(throughput_phases: int, duration_median_s: float | None, window_days: int) -> int:
    """Executions side by side by Little's law: those of the window times their duration over its length; 1 or more."""
    return max(1, math.ceil(throughput_phases * (duration_median_s or 0) / (window_days * SECONDS_PER_DAY)))


def _pace(row: Any) -> Pace:
    capacity = 1
    if row.throughput_phases is not None:
        capacity = usual_capacity(row.throughput_phases, row.duration_median_s, row.throughput_window_days)
    return Pace(row.phase_name, row.duration_median_s, row.coefficient_median, capacity)
