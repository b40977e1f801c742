"""Work that was open at two moments of the past, as jobs, and its completions. docs/kpis.md, "Calibration"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.features.open_orders import load_open_orders
from app.planning.simulation.dispatch import Job
from app.planning.simulation.open_work import OpenPhase, jobs_from
from app.planning.simulation.paces import Pace
from app.planning.snapshot.live_run import Run

PAST_PHASES = sa.text("""
    WITH past_order AS MATERIALIZED (
        SELECT o.work_order_id, o.created_at, o.completed_at
          FROM core.work_orders AS o
          LEFT JOIN core.open_orders AS s ON s.run_id = :run_id AND s.work_order_id = o.work_order_id
         WHERE o.run_id = :run_id AND o.created_at <= :later
           AND (o.completed_at > :earlier OR o.completed_at IS NULL AND s.standing <> 'TERMINAL')
    ), member AS (
        SELECT o.*, p.phase_id, p.sequence, p.order_phase_id, p.coefficient, p.started_at, p.finished_at,
               max(p.finished_at) FILTER (WHERE p.finished_at <= :earlier) OVER (PARTITION BY o.work_order_id)
                   AS end_before_earlier,
               max(p.finished_at) FILTER (WHERE p.finished_at <= :later) OVER (PARTITION BY o.work_order_id)
                   AS end_before_later
          FROM past_order AS o
          JOIN core.order_phases AS p ON p.run_id = :run_id AND p.work_order_id = o.work_order_id
    )
    SELECT work_order_id, created_at, completed_at, phase_id, coefficient, started_at, finished_at,
           end_before_earlier, end_before_later
      FROM member WHERE finished_at IS NULL OR finished_at > :earlier
     ORDER BY work_order_id, sequence, order_phase_id
""")


@dataclass(frozen=True, slots=True)
class PastWork:
    """Jobs at a moment of the past; completion by order, None: not yet."""

    since: dt.datetime
    jobs: tuple[Job, ...]
    completed_at: dict[int, dt.datetime | None]


def past_work(
    connection: sa.Connection, run: Run, paces: Mapping[int, Pace], earlier: dt.datetime, later: dt.datetime
) -> tuple[PastWork, PastWork]:
    """The work that was open at both moments, of orders that were neither over nor old."""
    rows = connection.execute(PAST_PHASES, {**run.bound(), "earlier": earlier, "later": later}).all()
    return _at(rows, paces, earlier, "end_before_earlier"), _at(rows, paces, later, "end_before_later")


def _at(rows: Any, paces: Mapping[int, Pace], now: dt.datetime, last_end: str) -> PastWork:
    oldest = now - dt.timedelta(days=load_open_orders().stale_after_days)
    open_then = [
        row
        for row in rows
        if oldest <= row.created_at <= now
        and (row.completed_at is None or row.completed_at > now)
        and (row.finished_at is None or row.finished_at > now)
    ]
    completed = {row.work_order_id: row.completed_at for row in open_then}
    return PastWork(now, tuple(jobs_from(_phases(open_then, now, last_end), paces, now)), completed)


def _phases(rows: list[Any], now: dt.datetime, last_end: str) -> Iterator[OpenPhase]:
    """The phases as they were, those in process first."""
    for _, members in groupby(rows, key=lambda row: row.work_order_id):
        phases = []
        for row in members:
            started = row.started_at if row.started_at is not None and row.started_at <= now else None
            since = started or getattr(row, last_end) or row.created_at
            # Due dates of that time are not known.
            phases.append(OpenPhase(row.work_order_id, row.phase_id, row.coefficient, started, since, None))
        yield from sorted(phases, key=lambda phase: phase.started_at is None)
